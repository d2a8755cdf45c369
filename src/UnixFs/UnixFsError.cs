namespace P2P.UnixFs;

/// <summary>Why content was refused.</summary>
public enum UnixFsError
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>The bytes of a block do not hash to its CID.</summary>
    WrongBytes,

    /// <summary>A block that is no DAG-PB node.</summary>
    NotDagPb,

    /// <summary>A node whose data is no UnixFS.</summary>
    NotUnixFs,

    /// <summary>A codec that files are not made of.</summary>
    UnknownCodec,

    /// <summary>A directory where a file is asked for or named by a file.</summary>
    NotAFile,

    /// <summary>A file where a directory is asked for.</summary>
    NotADirectory,

    /// <summary>The sizes that a node claims do not add up, or its child has another size than it says.</summary>
    WrongSize,

    /// <summary>A link to nothing: a child without bytes.</summary>
    EmptyChild,

    /// <summary>A tree deeper than <see cref="UnixFsLimits.DepthMax"/> or <see cref="UnixFsLimits.DirectoryDepthMax"/>.</summary>
    TooDeep,

    /// <summary>More links than <see cref="UnixFsLimits.LinksMax"/>.</summary>
    TooWide,

    /// <summary>More bytes than <see cref="UnixFsLimits.FileBytesMax"/> or <see cref="UnixFsLimits.TreeBytesMax"/>, or a block over <see cref="UnixFsLimits.BlockBytesMax"/>.</summary>
    TooLarge,

    /// <summary>More nodes than <see cref="UnixFsLimits.NodesMax"/> or more entries than <see cref="UnixFsLimits.EntriesMax"/>.</summary>
    TooMany,

    /// <summary>A symbolic link; they are neither followed nor made.</summary>
    SymbolicLink,

    /// <summary>A name that is no file name: empty, <c>.</c>, <c>..</c>, over 255 bytes, or with a separator or a character that controls a terminal or the direction of text.</summary>
    UnsafeName,

    /// <summary>Two entries of one name.</summary>
    DuplicateName,

    /// <summary>A directory too large for one block; sharded ones are read, not written.</summary>
    DirectoryTooLarge,

    /// <summary>A block that the source does not have.</summary>
    BlockMissing,

    /// <summary>A path that the directory does not have.</summary>
    NoSuchEntry,
}
