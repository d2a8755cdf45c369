using System.Threading.Channels;
using P2P.PubSub.Wire;
using P2P.Testing.Network;
using P2P.Transport.Connections;
using P2P.Transport.Framing;

namespace P2P.PubSub.Tests.Loop;

/// <summary>A peer made by hand: speaks bytes, reads what it is sent, or does not.</summary>
internal sealed class RawPeer
{
    private readonly string _protocol;
    private readonly Channel<Rpc> _received = Channel.CreateBounded<Rpc>(65_536);
    private readonly Channel<MuxedStream> _streams = Channel.CreateBounded<MuxedStream>(64);
    private TaskCompletionSource _mayRead = new();

    public RawPeer(LocalNode node, string protocol)
    {
        Node = node;
        _protocol = protocol;
        _mayRead.SetResult();
        node.Handle(protocol, ServeAsync, streamsPerPeerMax: 4);
    }

    public LocalNode Node { get; }

    /// <summary>From now on nothing is read.</summary>
    public void Stall() => _mayRead = new TaskCompletionSource();

    public void Resume() => _mayRead.SetResult();

    public async Task<MuxedStream> OpenAsync(GossipNetwork to, LocalNode node)
    {
        Assert.False(to.Completion.IsCompleted);
        return (await Node.OpenStreamAsync(node.LocalPeer, [_protocol], CancellationToken.None)).Stream;
    }

    /// <summary>The next stream that was opened to us.</summary>
    public ValueTask<MuxedStream> StreamAsync() => _streams.Reader.ReadAsync();

    /// <summary>Reads RPCs until one fits.</summary>
    public async Task<Rpc> ReceiveAsync(Func<Rpc, bool> fits)
    {
        while (true)
        {
            Rpc rpc = await _received.Reader.ReadAsync();
            if (fits(rpc))
            {
                return rpc;
            }
        }
    }

    public static byte[] Frame(Action<OutRpc> fill)
    {
        OutRpc rpc = new();
        fill(rpc);
        List<byte[]> frames = [];
        new RpcWriter(new PubSubOptions()).Write(rpc, frames);
        return Assert.Single(frames);
    }

    public static byte[] Hello(params TopicId[] topics) =>
        Frame(rpc => rpc.Subscriptions.AddRange(topics.Select(topic => new OutSubscription(topic, true))));

    private async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        await _streams.Writer.WriteAsync(stream.Stream, cancellationToken);
        using FrameReader reader = new(stream, new FrameLimits(1 << 20));
        while (true)
        {
            await _mayRead.Task.WaitAsync(cancellationToken);
            Frame frame = await reader.ReadAsync(cancellationToken);
            if (frame.Status != FrameStatus.Done)
            {
                return;
            }

            Assert.True(RpcCodec.TryDecode(frame.Bytes.Span, new PubSubOptions(), out Rpc rpc));
            await _received.Writer.WriteAsync(rpc, cancellationToken);
        }
    }
}
