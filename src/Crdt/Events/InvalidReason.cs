namespace P2P.Crdt.Events;

/// <summary>Why a block was refused. A closed set: metrics use it as a tag. <see cref="None"/> means "not refused".</summary>
/// <remarks>Spec: replica, section 4; HashSeq, section 9.</remarks>
public enum InvalidReason
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>Step 1: longer than the limit.</summary>
    Size,

    /// <summary>Step 2: the bytes are not those the CID names.</summary>
    CidMismatch,

    /// <summary>Step 3: not strict canonical DAG-CBOR.</summary>
    Encoding,

    /// <summary>Step 4: a version other than 1.</summary>
    Version,

    /// <summary>Step 4: wrong keys, shapes or types.</summary>
    Schema,

    /// <summary>Step 4 or 9: belongs to another document.</summary>
    Document,

    /// <summary>Step 4: more than 64 dependencies.</summary>
    FanIn,

    /// <summary>Step 4: another count or size above a protocol constant.</summary>
    Limit,

    /// <summary>Step 6: the signature does not verify and nobody vouches.</summary>
    Signature,

    /// <summary>Step 8: links to an event that is invalid.</summary>
    Ancestor,

    /// <summary>Step 9: height is not 1 + the greatest height of the links.</summary>
    Height,

    /// <summary>Step 9: sequence number is not that of the previous event plus one.</summary>
    Sequence,

    /// <summary>Step 9: <c>prev</c> is of another author.</summary>
    Chain,

    /// <summary>Step 9: a dependency is an ancestor of another.</summary>
    DependenciesNotAntichain,

    /// <summary>Step 9: a dependency is an ancestor of <c>prev</c>.</summary>
    DependencyBelowPrevious,

    /// <summary>Step 10: the author may not write, judged by ancestry.</summary>
    Writer,

    /// <summary>Step 11: cites a hidden branch of an author whose fork it has seen.</summary>
    CitesFlagged,

    /// <summary>Step 10: text rule of a type.</summary>
    Text,

    /// <summary>Step 10: a body names something that is not there.</summary>
    Reference,
}
