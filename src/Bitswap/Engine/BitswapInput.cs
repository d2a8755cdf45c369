using P2P.Bitswap.Wire;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Engine;

/// <summary>What can happen to the engine.</summary>
internal enum BitswapInputKind
{
    None = 0,

    /// <summary>A message of a peer.</summary>
    Received,

    /// <summary>The peer cannot be reached, is stuck or has gone.</summary>
    PeerLost,

    /// <summary>Somebody here wants blocks.</summary>
    Want,

    /// <summary>Somebody here wants to know whether a peer has a block.</summary>
    AskPresence,

    /// <summary>Nobody here waits for the request any more.</summary>
    Abandon,

    /// <summary>The store has answered a look-up.</summary>
    LookedUp,

    /// <summary>A block is new here: peers may wait for it.</summary>
    Stored,

    /// <summary>A message with blocks has been written to a peer.</summary>
    Sent,

    /// <summary>Time has passed.</summary>
    Tick,
}

/// <summary>One input; which fields count depends on the kind.</summary>
internal readonly record struct BitswapInput(BitswapInputKind Kind, PeerId Peer = default)
{
    public BitswapMessage? Message { get; init; }

    public long Request { get; init; }

    public IReadOnlyList<Cid>? Cids { get; init; }

    public IReadOnlyList<PeerId>? Hints { get; init; }

    public Cid Cid { get; init; }

    /// <summary>The block, or null when the store has it not.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    public int Bytes { get; init; }
}
