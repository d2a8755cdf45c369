using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Connections;

/// <summary>A connection that only says who it is.</summary>
internal sealed class FakeConnection(PeerId peer, bool outbound, string address = "/ip4/192.168.1.30/tcp/1") : MuxedConnection
{
    public int Streams { get; set; }

    public override PeerId RemotePeer { get; } = peer;

    public override PublicKey RemoteKey => throw new NotSupportedException();

    public override Multiaddr RemoteAddress { get; } = Addr(address);

    public override bool Outbound { get; } = outbound;

    public override int OpenStreams => Streams;

    public override Task Closed => Task.CompletedTask;

    public override ValueTask<MuxedStream> OpenStreamAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public override ValueTask<MuxedStream?> AcceptStreamAsync(CancellationToken cancellationToken) => ValueTask.FromResult<MuxedStream?>(null);

    public override void Abort()
    {
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
