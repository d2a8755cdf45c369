using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Identify;
using P2P.Transport.Tests.Connections;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Identify;

public sealed class IdentifyServiceTests
{
    private readonly ManualTime _time = new();
    private readonly FakeHost _host = new();
    private readonly IdentifyService _service;

    public IdentifyServiceTests() => _service = new IdentifyService(
        _host, Key(1), new IdentifyOptions(), new TransportRuntime(_time, PoolSpawner.Instance, new SeededChance(1), NullLogger.Instance));

    [Fact]
    public async Task A_query_is_answered_with_our_statement_and_the_address_we_see()
    {
        FakeStream stream = new([]);

        await _service.ServeAsync(Inbound(stream, Id(2)), CancellationToken.None);

        IdentifyInfo info = IdentifyWire.Decode(stream.Written).Info!;
        Assert.True(stream.WriteClosed);
        Assert.Equal(["/mine"], info.Protocols);
        Assert.Equal("/ip4/192.168.1.30/tcp/5", info.ObservedAddress!.ToString());
        Assert.Equal(Id(1), PeerId.FromKeyProtobuf(info.PublicKey.Span));
    }

    [Fact]
    public async Task A_push_is_taken_over_also_when_it_comes_byte_by_byte()
    {
        byte[] push = IdentifyWire.Encode(new IdentifyInfo { Protocols = ["/theirs"], PublicKey = Key(2).PublicKey.Protobuf });

        await _service.ServePushAsync(Inbound(new FakeStream(push, portion: 1), Id(2)), CancellationToken.None);

        Assert.Equal(["/theirs"], Assert.Single(_host.Applied).Info.Protocols);
    }

    [Fact]
    public async Task A_statement_with_somebody_elses_key_is_refused()
    {
        byte[] push = IdentifyWire.Encode(new IdentifyInfo { Protocols = ["/theirs"], PublicKey = Key(3).PublicKey.Protobuf });
        FakeStream stream = new(push);

        await _service.ServePushAsync(Inbound(stream, Id(2)), CancellationToken.None);

        Assert.Empty(_host.Applied);
        Assert.Equal([IdentifyStatus.KeyMismatch], _host.Refused);
        Assert.True(stream.Aborted);
    }

    [Fact]
    public async Task An_endless_statement_is_read_no_further_than_it_could_be_valid()
    {
        FakeStream stream = new(new byte[1_000_000]);

        await _service.ServePushAsync(Inbound(stream, Id(2)), CancellationToken.None);

        Assert.Equal([IdentifyStatus.MergedTooLong], _host.Refused);
        Assert.Equal(IdentifyWire.StreamBytesMax + 1, stream.BytesRead);
    }

    [Fact]
    public async Task A_hundred_thousand_pushes_are_held_to_the_rate_and_forgotten_with_the_peer()
    {
        byte[] push = IdentifyWire.Encode(new IdentifyInfo { Protocols = ["/theirs"] });
        for (int i = 0; i < 100_000; i++)
        {
            await _service.ServePushAsync(Inbound(new FakeStream(push), Id(2)), CancellationToken.None);
        }

        Assert.Equal(4, _host.Applied.Count);
        Assert.Equal(100_000 - 4, _host.Refused.Count(r => r == IdentifyStatus.RateLimited));
        _time.Advance(TimeSpan.FromSeconds(5));
        await _service.ServePushAsync(Inbound(new FakeStream(push), Id(2)), CancellationToken.None);
        Assert.Equal(5, _host.Applied.Count);

        Assert.Equal(1, _service.LimitedPeers);
        _service.Forget(Id(2));
        Assert.Equal(0, _service.LimitedPeers);
    }

    private static PeerStream Inbound(MuxedStream stream, PeerId peer) => new(stream, IdentifyWire.ProtocolId, peer, Addr("/ip4/192.168.1.30/tcp/5"));

    private sealed class FakeHost : IIdentifyHost
    {
        public List<(PeerId Peer, IdentifyInfo Info)> Applied { get; } = [];

        public List<IdentifyStatus> Refused { get; } = [];

        public IReadOnlyList<Multiaddr> ListenAddresses => Addrs("/ip4/192.168.1.20/tcp/4001");

        public IReadOnlyList<string> OwnProtocols => ["/mine"];

        public IReadOnlyList<PeerId> PushTargets => [];

        public void Apply(PeerId peer, Multiaddr remoteAddress, IdentifyInfo info) => Applied.Add((peer, info));

        public void Refuse(PeerId peer, IdentifyStatus reason) => Refused.Add(reason);

        public Task<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
