using P2P.Core.Identity;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;
using P2P.Transport.Connections;
using P2P.Transport.Framing;

namespace P2P.PubSub.Loop;

/// <summary>
/// Reads what peers write to us and decodes it beside the loop. A full inbox makes the reader wait: that fills the window of this one
/// stream and of no other.
/// </summary>
internal sealed class InboundStreams(IPeerNetwork network, PubSubOptions options, LinkHost host, Action<PeerId, string> opened, CancellationToken stopping)
{
    // A peer whose stream died may open the next before we see the end of the last.
    private const int StreamsPerPeerMax = 2;

    private readonly FrameLimits _limits =
        new(options.RpcBytesMax, new FrameBudget(options.PartialBytesPerPeer, options.PartialBytesMax, host.Runtime.Time));

    public void Listen()
    {
        foreach (string protocol in PeerProtocols.All)
        {
            network.Handle(protocol, ServeAsync, StreamsPerPeerMax);
        }
    }

    public void Close()
    {
        foreach (string protocol in PeerProtocols.All)
        {
            network.Unhandle(protocol);
        }
    }

    private async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        await host.Post(LoopItem.Call(() => opened(stream.Peer, stream.Protocol)));
        using FrameReader reader = new(stream, _limits);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        try
        {
            while (await TryReadAsync(reader, stream, either.Token))
            {
                // One RPC after the other.
            }
        }
        catch (TransportException)
        {
            // The peer is gone or gave the stream up; its connection tells the rest.
        }
        catch (OperationCanceledException)
        {
            stream.Stream.Abort();
        }
    }

    private async Task<bool> TryReadAsync(FrameReader reader, PeerStream stream, CancellationToken cancellationToken)
    {
        Frame frame = await reader.ReadAsync(cancellationToken);
        if (frame.Status is FrameStatus.Ended or FrameStatus.Truncated)
        {
            return false; // inside an RPC as well: what a peer gave up says nothing against it
        }

        bool readable = frame.Status == FrameStatus.Done;
        Rpc rpc = new();
        if (!readable)
        {
            rpc.Refusals.Add(RefusalOf(frame.Status));
        }
        else if (!RpcCodec.TryDecode(frame.Bytes.Span, options, out rpc))
        {
            readable = false;
            rpc = new Rpc();
            rpc.Refusals.Add(GossipRefusal.Malformed);
        }

        await host.Post(LoopItem.Of(RouterInput.Received(stream.Peer, rpc)));
        if (!readable)
        {
            stream.Stream.Abort();
        }

        return readable;
    }

    private static GossipRefusal RefusalOf(FrameStatus status) => status switch
    {
        FrameStatus.TooLong => GossipRefusal.RpcTooLong,
        FrameStatus.OverBudget or FrameStatus.TooSlow => GossipRefusal.RpcMemory,
        _ => GossipRefusal.Malformed,
    };
}
