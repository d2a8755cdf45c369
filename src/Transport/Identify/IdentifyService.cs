using System.Buffers;
using P2P.Core.Identity;
using P2P.Transport.Connections;
using P2P.Transport.Negotiation;

namespace P2P.Transport.Identify;

/// <summary>Asks, answers, pushes. Thread-safe.</summary>
/// <remarks>Spec: libp2p wire, section 10.</remarks>
internal sealed class IdentifyService
{
    private readonly IIdentifyHost _host;
    private readonly IdentifyOptions _options;
    private readonly TransportRuntime _runtime;
    private readonly OwnStatement _statement;
    private readonly PushLimiter _limiter;
    private readonly long _startedAt;

    public IdentifyService(IIdentifyHost host, PrivateKey identity, IdentifyOptions options, TransportRuntime runtime)
    {
        _host = host;
        _options = options;
        _runtime = runtime;
        _statement = new OwnStatement(identity, options, runtime.Time);
        _limiter = new PushLimiter(options);
        _startedAt = runtime.Time.GetTimestamp();
    }

    /// <summary>Peers whose push rate is remembered.</summary>
    public int LimitedPeers => _limiter.Count;

    /// <summary>Asks the remote end of one connection, also when another connection to the peer exists.</summary>
    /// <exception cref="TransportException">The stream failed.</exception>
    public async Task QueryAsync(MuxedConnection connection, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken, out CancellationTokenSource linked);
        using (linked)
        {
            MuxedStream raw = await connection.OpenStreamAsync(linked.Token);
            NegotiatedStream negotiated = await StreamNegotiator.NegotiateOutboundAsync(raw, [IdentifyWire.ProtocolId], linked.Token);

            // Nothing is half-closed before the answer is read: protocol id and end in one flight confuse js (trap 19).
            await using MuxedStream stream = negotiated.Stream;
            IdentifyResult result = await ReadAsync(stream, linked.Token);
            Take(new PeerStream(stream, negotiated.Protocol, connection.RemotePeer, connection.RemoteAddress), result);
        }
    }

    /// <summary>Answers a query.</summary>
    public async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken, out CancellationTokenSource linked);
        using (linked)
        {
            await stream.Stream.WriteAsync(_statement.For(_host.ListenAddresses, _host.OwnProtocols, stream.RemoteAddress), linked.Token);
            await stream.Stream.CloseWriteAsync(linked.Token);
        }
    }

    /// <summary>Takes a push.</summary>
    public async Task ServePushAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        if (!_limiter.TryTake(stream.Peer, _runtime.Time.GetElapsedTime(_startedAt)))
        {
            _host.Refuse(stream.Peer, IdentifyStatus.RateLimited);
            stream.Stream.Abort();
            return;
        }

        using CancellationTokenSource limit = Limit(cancellationToken, out CancellationTokenSource linked);
        using (linked)
        {
            Take(stream, await ReadAsync(stream.Stream, linked.Token));
        }
    }

    /// <summary>Sends our present statement to one peer.</summary>
    /// <exception cref="TransportException">The stream failed.</exception>
    public async Task PushAsync(PeerId peer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken, out CancellationTokenSource linked);
        using (linked)
        {
            PeerStream opened = await _host.OpenStreamAsync(peer, [IdentifyWire.PushProtocolId], linked.Token);
            await using MuxedStream stream = opened.Stream;
            await stream.WriteAsync(_statement.For(_host.ListenAddresses, _host.OwnProtocols, opened.RemoteAddress), linked.Token);
            await stream.CloseWriteAsync(linked.Token);

            // The receiver closes when it has read all; waiting for that keeps a reset from overtaking the data.
            byte[] end = new byte[1];
            await stream.ReadAsync(end, linked.Token);
        }
    }

    /// <summary>Forgets what is counted for a peer that has left.</summary>
    public void Forget(PeerId peer) => _limiter.Forget(peer);

    /// <summary>Reads a stream to its end, never more than can be valid.</summary>
    internal static async Task<IdentifyResult> ReadAsync(MuxedStream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(IdentifyWire.StreamBytesMax + 1);
        try
        {
            int filled = 0;
            while (filled <= IdentifyWire.StreamBytesMax)
            {
                int count = await stream.ReadAsync(buffer.AsMemory(filled, IdentifyWire.StreamBytesMax + 1 - filled), cancellationToken);
                if (count == 0)
                {
                    break;
                }

                filled += count;
            }

            return IdentifyWire.Decode(buffer.AsSpan(0, filled));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Take(PeerStream stream, IdentifyResult result)
    {
        if (result.Info is not { } info)
        {
            _host.Refuse(stream.Peer, result.Status);
            stream.Stream.Abort();
            return;
        }

        // The key is compared by the id of its bytes and never parsed: what authenticated the connection is the only key that counts
        // (CVE-2026-110789 sat in the parser that ran before this check).
        if (!info.PublicKey.IsEmpty && PeerId.FromKeyProtobuf(info.PublicKey.Span) != stream.Peer)
        {
            _host.Refuse(stream.Peer, IdentifyStatus.KeyMismatch);
            stream.Stream.Abort();
            return;
        }

        _host.Apply(stream.Peer, stream.RemoteAddress, info);
    }

    private CancellationTokenSource Limit(CancellationToken cancellationToken, out CancellationTokenSource linked)
    {
        CancellationTokenSource limit = new(_options.Timeout, _runtime.Time);
        linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        return limit;
    }
}
