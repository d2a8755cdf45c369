namespace P2P.UnixFs.Codecs;

/// <summary>What a UnixFS node is; one more than the number on the wire, so that 0 is nothing.</summary>
public enum UnixFsKind
{
    /// <summary>Nothing; never read.</summary>
    None = 0,

    /// <summary>A piece of a file, as old writers made leaves.</summary>
    Raw,

    /// <summary>A directory in one block.</summary>
    Directory,

    /// <summary>A file, or a part of one.</summary>
    File,

    /// <summary>Metadata about another node; unused by all known writers.</summary>
    Metadata,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A part of a sharded directory.</summary>
    Shard,
}
