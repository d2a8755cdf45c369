namespace P2P.Crdt.HashSeq;

/// <summary>Sections of a snapshot in the order of the file. The text comes first: it can be shown before the history is here.</summary>
internal enum SnapshotSection
{
    /// <summary>The visible text, UTF-8.</summary>
    Text,

    /// <summary>Removed scalars in the order of their numbers, UTF-8.</summary>
    Removed,

    /// <summary>Author keys, 32 bytes each, ascending.</summary>
    Authors,

    /// <summary>Names of other types than <c>seq</c>, ascending: length, bytes.</summary>
    Types,

    /// <summary>Per event a byte of flags.</summary>
    Flags,

    /// <summary>Per event its author.</summary>
    EventAuthors,

    /// <summary>Per event its claimed time less that of the event before.</summary>
    Times,

    /// <summary>Links that are not the expected ones.</summary>
    Links,

    /// <summary>Per text event how many runs and removals.</summary>
    Counts,

    /// <summary>Per run a byte: kind and flags.</summary>
    Runs,

    /// <summary>Elements that runs hang on, from the end of the run before.</summary>
    Anchors,

    /// <summary>Scalars of runs.</summary>
    Lengths,

    /// <summary>Extra dependencies that are not the default.</summary>
    Extras,

    /// <summary>Parts of runs that existed already.</summary>
    Aliases,

    /// <summary>Order of the elements of slots that hold several.</summary>
    Siblings,

    /// <summary>Gaps between removed intervals, backwards.</summary>
    RemovalGaps,

    /// <summary>Their lengths.</summary>
    RemovalLengths,

    /// <summary>Bodies of other types.</summary>
    Bodies,

    /// <summary>64 bytes per event.</summary>
    Signatures,
}
