using System.Buffers;
using P2P.Core.Identity;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;
using P2P.Transport.Connections;

namespace P2P.PubSub.Loop;

/// <summary>
/// Reads what peers write to us and decodes it beside the loop. A full inbox makes the reader wait: that fills the window of this one
/// stream and of no other.
/// </summary>
internal sealed class InboundStreams(IPeerNetwork network, PubSubOptions options, LinkHost host, Action<PeerId, string> opened, CancellationToken stopping)
{
    // A peer whose stream died may open the next before we see the end of the last.
    private const int StreamsPerPeerMax = 2;

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
        using FrameReader reader = new(stream.Stream, options.RpcBytesMax);
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
        (OperationStatus status, ReadOnlyMemory<byte> frame) = await reader.ReadAsync(cancellationToken);
        if (status == OperationStatus.NeedMoreData)
        {
            return false;
        }

        Rpc rpc;
        if (status == OperationStatus.InvalidData)
        {
            rpc = new Rpc();
            rpc.Refusals.Add(GossipRefusal.RpcTooLong);
        }
        else if (!RpcCodec.TryDecode(frame.Span, options, out rpc))
        {
            status = OperationStatus.InvalidData;
            rpc = new Rpc();
            rpc.Refusals.Add(GossipRefusal.Malformed);
        }

        await host.Post(LoopItem.Of(RouterInput.Received(stream.Peer, rpc)));
        if (status == OperationStatus.InvalidData)
        {
            stream.Stream.Abort();
        }

        return status == OperationStatus.Done;
    }
}
