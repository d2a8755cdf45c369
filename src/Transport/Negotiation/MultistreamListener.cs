using System.Buffers;

namespace P2P.Transport.Negotiation;

/// <summary>Answers proposals until one is supported. <c>ls</c> is deprecated and answered like any unknown protocol.</summary>
internal sealed class MultistreamListener(Func<string, bool> supported) : IMultistreamSide
{
    /// <summary>Most proposals answered; a peer may not bargain for ever.</summary>
    public const int RoundsMax = 16;

    private bool _headerSeen;
    private int _rounds;

    /// <inheritdoc/>
    public NegotiationStatus Status { get; private set; } = NegotiationStatus.Pending;

    /// <inheritdoc/>
    public string Protocol { get; private set; } = string.Empty;

    /// <inheritdoc/>
    public int Step(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        int total = 0;
        while (Status == NegotiationStatus.Pending)
        {
            OperationStatus read = MultistreamWire.TryRead(input[total..], out ReadOnlySpan<byte> text, out int consumed);
            if (read != OperationStatus.Done)
            {
                Status = read == OperationStatus.NeedMoreData ? NegotiationStatus.Pending : NegotiationStatus.Malformed;
                break;
            }

            total += consumed;
            Status = OnToken(text, output);
        }

        return total;
    }

    private NegotiationStatus OnToken(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (!_headerSeen)
        {
            if (!text.SequenceEqual(MultistreamWire.Header))
            {
                return NegotiationStatus.Malformed;
            }

            _headerSeen = true;
            MultistreamWire.Write(output, MultistreamWire.Header);
            return NegotiationStatus.Pending;
        }

        if (_rounds++ == RoundsMax)
        {
            return NegotiationStatus.TooManyRounds;
        }

        string proposal = System.Text.Encoding.UTF8.GetString(text);
        if (supported(proposal))
        {
            Protocol = proposal;
            MultistreamWire.Write(output, text);
            return NegotiationStatus.Agreed;
        }

        MultistreamWire.Write(output, MultistreamWire.NotAvailable);
        return NegotiationStatus.Pending;
    }
}
