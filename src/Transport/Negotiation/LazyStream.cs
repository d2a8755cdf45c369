using System.Buffers;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Negotiation;

/// <summary>
/// A stream whose only proposal has not been answered yet. The proposal leaves with the first write or close, or before the first read (a
/// stream that is only read must send it too, interop trap 13); the answer is checked before the first byte is read.
/// </summary>
internal sealed class LazyStream(MuxedStream inner, MultistreamDialer dialer, ReadOnlyMemory<byte> proposal) : MuxedStream
{
    // Small first writes travel in one frame with the proposal; larger ones are not worth the copy.
    private const int JoinedBytesMax = 4096;

    private readonly Turnstile _proposing = new(1);
    private TokenReader? _reader = new();
    private volatile bool _proposed;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _reader is null ? inner.ReadAsync(buffer, cancellationToken) : ReadAnswerAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        _proposed ? inner.WriteAsync(data, cancellationToken) : ProposeAsync(data, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        await ProposeAsync(default, cancellationToken);
        await inner.CloseWriteAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override bool TryGrowWindow(int windowBytes) => inner.TryGrowWindow(windowBytes);

    /// <inheritdoc/>
    public override void Abort() => inner.Abort();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    internal static TransportException ErrorOf(NegotiationStatus status) => status == NegotiationStatus.Refused
        ? new TransportException(TransportError.ProtocolNotSupported, "The remote speaks none of the proposed protocols.")
        : new TransportException(TransportError.ProtocolViolation, $"The remote did not negotiate by the rules ({status}).");

    private async ValueTask ProposeAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        // Reader and writer may both be first.
        await _proposing.EnterAsync(cancellationToken);
        try
        {
            if (!_proposed)
            {
                bool joined = data.Length <= JoinedBytesMax;
                byte[] first = new byte[proposal.Length + (joined ? data.Length : 0)];
                proposal.CopyTo(first);
                if (joined)
                {
                    data.CopyTo(first.AsMemory(proposal.Length));
                    data = default;
                }

                await inner.WriteAsync(first, cancellationToken);
                _proposed = true;
            }
        }
        finally
        {
            _proposing.Leave();
        }

        if (data.Length > 0)
        {
            await inner.WriteAsync(data, cancellationToken);
        }
    }

    private async ValueTask<int> ReadAnswerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_proposed)
        {
            await ProposeAsync(default, cancellationToken);
        }

        ArrayBufferWriter<byte> unused = new();
        while (dialer.Status == NegotiationStatus.Pending)
        {
            if (!await _reader!.ReadAsync(inner, cancellationToken))
            {
                throw new TransportException(TransportError.ProtocolNotSupported, "The remote ended the stream before it answered the proposal.");
            }

            _reader.Apply(dialer, unused);
        }

        if (dialer.Status != NegotiationStatus.Agreed)
        {
            inner.Abort();
            throw ErrorOf(dialer.Status);
        }

        _reader = null;
        return await inner.ReadAsync(buffer, cancellationToken);
    }
}
