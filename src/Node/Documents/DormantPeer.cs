namespace P2P.Node.Documents;

/// <summary>What this node and one connected peer have told each other of their documents. Touched under the gate of <see cref="DormantDocuments"/> only.</summary>
/// <param name="first">Rows before this one are named by the peer.</param>
internal sealed class DormantPeer(int first)
{
    /// <summary>Rows before this one are named by the peer.</summary>
    public int First { get; } = first;

    /// <summary>Rows before this one were named.</summary>
    public int Told { get; set; } = first;

    /// <summary>Sessions with the peer that failed: after a few, the rest waits for the digest.</summary>
    public int Failures { get; set; }

    /// <summary>Rows both sides have named.</summary>
    public SortedSet<int> Shared { get; } = [];
}
