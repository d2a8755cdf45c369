namespace P2P.Crdt.Federation.Records;

/// <summary>Event types of the federation.</summary>
/// <remarks>Spec: federation, section 2.</remarks>
public static class FederationTypes
{
    /// <summary>An immutable value.</summary>
    public const string Artifact = "artifact";

    /// <summary>A typed edge between values.</summary>
    public const string Edge = "edge";

    /// <summary>Hides one event.</summary>
    public const string Tomb = "tomb";

    /// <summary>Cancels tombstones.</summary>
    public const string Lift = "lift";

    /// <summary>Receipt of one execution of a program.</summary>
    public const string Receipt = "per";

    /// <summary>A cut of the document and the state at it.</summary>
    public const string Snapshot = "snap";

    /// <summary>Whether a tombstone may name an event of this type.</summary>
    /// <param name="type">Type name.</param>
    public static bool CanBeHidden(string type) => type is Artifact or Edge or Receipt;
}
