namespace P2P.Crdt.Snapshots;

/// <summary>Why a signed snapshot is not believed. It is flagged and ignored; the document goes on without it.</summary>
/// <remarks>Spec: replica, section 13.</remarks>
public enum SnapshotRefusal
{
    /// <summary>Nothing was found wrong.</summary>
    None = 0,

    /// <summary>Not a <c>snap</c> event of this document.</summary>
    Offer,

    /// <summary>Its signature is bad.</summary>
    Signature,

    /// <summary>Its author is not one of the locally trusted keys.</summary>
    Untrusted,

    /// <summary>It names no data.</summary>
    NoData,

    /// <summary>The data is larger than the options allow.</summary>
    Limit,

    /// <summary>The data is not a snapshot of this document in its one form.</summary>
    Data,

    /// <summary>An event in the data is not what its author signed.</summary>
    Events,

    /// <summary>The text it showed is not the text its events make.</summary>
    Text,

    /// <summary>The events of the data are not those of the cut, or not as many as it says.</summary>
    Cut,

    /// <summary>Some events of the data would be admitted by no replica.</summary>
    Rules,

    /// <summary>The state recomputed from the events has another hash.</summary>
    State,

    /// <summary>The state cannot be recomputed here: programs or inputs are missing. No proof of a lie.</summary>
    Inputs,

    /// <summary>Blocks of it were to be had from nobody in time. No proof of a lie.</summary>
    Unavailable,

    /// <summary>A receipt cannot be recomputed with what this node gives for one. No proof of a lie.</summary>
    TooLarge,
}
