using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>All that is known of one author in one document.</summary>
internal sealed class AuthorEntry(EventDigest key, ReadOnlyMemory<byte> protobuf)
{
    /// <summary>The 32 raw key bytes.</summary>
    public EventDigest Key { get; } = key;

    /// <summary>Protobuf form.</summary>
    public ReadOnlyMemory<byte> Protobuf { get; } = protobuf;

    /// <summary>Branches, in order of local discovery; one unless the author forked or signed twins.</summary>
    public List<AuthorChain> Chains { get; } = [];

    /// <summary>First held event of each sequence number: dense, because the admitted set is closed under <c>prev</c>.</summary>
    public List<EventNode> FirstBySequence { get; } = [];

    /// <summary>Lowest sequence number known to be used twice; <see cref="ulong.MaxValue"/> = not flagged.</summary>
    public ulong ForkSequence { get; set; } = ulong.MaxValue;

    /// <summary>As <see cref="ForkSequence"/>, events that are not settled yet included.</summary>
    public ulong OpenForkSequence { get; set; } = ulong.MaxValue;

    /// <summary>The two events of the lowest proof.</summary>
    public (EventNode First, EventNode Second)? Proof { get; set; }

    /// <summary>Its place in <see cref="ProofPasts"/>; below 0 while it has no proof.</summary>
    public int ProofPlace { get; set; } = -1;

    /// <summary>Whether a proof is held.</summary>
    public bool IsFlagged => ForkSequence != ulong.MaxValue;

    /// <summary>Whether the key is in the genesis list.</summary>
    public bool IsGenesisWriter { get; init; }

    /// <summary>Grants by genesis keys that add this key.</summary>
    public List<EventNode> Adds { get; } = [];

    /// <summary>Removals by genesis keys that name this key.</summary>
    public List<Removal> Removals { get; } = [];
}
