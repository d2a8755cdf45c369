using System.Buffers;

namespace P2P.Transport.Negotiation;

/// <summary>One side of a negotiation as a pure state machine: dialer or listener.</summary>
internal interface IMultistreamSide
{
    NegotiationStatus Status { get; }

    /// <summary>What was agreed, once <see cref="Status"/> is <see cref="NegotiationStatus.Agreed"/>.</summary>
    string Protocol { get; }

    /// <summary>Applies received bytes. Stops at the end of the negotiation: what follows belongs to the protocol.</summary>
    /// <param name="input">Bytes not consumed so far.</param>
    /// <param name="output">Takes what must be sent.</param>
    /// <returns>Bytes consumed: whole tokens only.</returns>
    int Step(ReadOnlySpan<byte> input, IBufferWriter<byte> output);
}
