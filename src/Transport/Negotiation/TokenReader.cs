using System.Buffers;
using P2P.Transport.Connections;

namespace P2P.Transport.Negotiation;

/// <summary>Reads one multistream token after the other from a stream and never a byte beyond: what follows belongs to the protocol.</summary>
internal sealed class TokenReader
{
    private readonly byte[] _token = new byte[MultistreamWire.TokenBytesMax];
    private int _filled;

    /// <summary>Reads until one token is whole. A cancelled read can be repeated: nothing is lost.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="cancellationToken">Cancelling consumes nothing that is not kept here.</param>
    /// <returns>False when the remote ended its side.</returns>
    public async ValueTask<bool> ReadAsync(MuxedStream stream, CancellationToken cancellationToken)
    {
        while (MultistreamWire.TryRead(_token.AsSpan(0, _filled), out _, out _) == OperationStatus.NeedMoreData)
        {
            int missing = MultistreamWire.BytesMissing(_token.AsSpan(0, _filled));
            int count = await stream.ReadAsync(_token.AsMemory(_filled, missing), cancellationToken);
            if (count == 0)
            {
                return false;
            }

            _filled += count;
        }

        return true;
    }

    /// <summary>Hands the token (or the malformed bytes) to the state machine.</summary>
    /// <param name="side">Dialer or listener.</param>
    /// <param name="output">Takes the answer.</param>
    public void Apply(IMultistreamSide side, IBufferWriter<byte> output)
    {
        side.Step(_token.AsSpan(0, _filled), output);
        _filled = 0;
    }
}
