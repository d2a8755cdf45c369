using System.Buffers;

namespace P2P.Transport.Negotiation;

/// <summary>Proposes protocols in order, the first one together with the header.</summary>
internal sealed class MultistreamDialer : IMultistreamSide
{
    /// <summary>Most proposals of one negotiation.</summary>
    public const int RoundsMax = 16;

    private readonly IReadOnlyList<string> _protocols;
    private int _at;
    private bool _headerSeen;

    public MultistreamDialer(IReadOnlyList<string> protocols)
    {
        ArgumentOutOfRangeException.ThrowIfZero(protocols.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(protocols.Count, RoundsMax);
        _protocols = protocols;
    }

    /// <inheritdoc/>
    public NegotiationStatus Status { get; private set; } = NegotiationStatus.Pending;

    /// <inheritdoc/>
    public string Protocol => _protocols[_at];

    /// <summary>The first flight.</summary>
    /// <param name="output">Takes it.</param>
    public void Start(IBufferWriter<byte> output)
    {
        MultistreamWire.Write(output, MultistreamWire.Header);
        MultistreamWire.Write(output, _protocols[0]);
    }

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
            _headerSeen = true;
            return text.SequenceEqual(MultistreamWire.Header) ? NegotiationStatus.Pending : NegotiationStatus.Malformed;
        }

        if (text.SequenceEqual(MultistreamWire.NotAvailable))
        {
            if (_at == _protocols.Count - 1)
            {
                return NegotiationStatus.Refused;
            }

            MultistreamWire.Write(output, _protocols[++_at]);
            return NegotiationStatus.Pending;
        }

        return text.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(_protocols[_at])) ? NegotiationStatus.Agreed : NegotiationStatus.Malformed;
    }
}
