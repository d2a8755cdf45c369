using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Ping;
using P2P.Transport.Tests.Connections;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Ping;

public sealed class PingProtocolTests
{
    [Fact]
    public async Task The_server_echoes_whole_pings_until_the_end_and_nothing_of_a_cut_one()
    {
        byte[] sent = new byte[32 * 3 + 5];
        new SeededChance(1).Fill(sent);
        FakeStream stream = new(sent, portion: 7);

        await PingProtocol.ServeAsync(new PeerStream(stream, PingProtocol.ProtocolId, Id(1), Addr("/memory/1")), CancellationToken.None);

        Assert.Equal(sent[..96], stream.Written);
        Assert.True(stream.WriteClosed);
    }

    [Fact]
    public async Task The_client_refuses_a_wrong_echo_and_an_early_end()
    {
        ManualTime time = new();
        byte[] right = new byte[32];
        new SeededChance(1).Fill(right);

        Assert.Equal(TimeSpan.Zero, await PingProtocol.PingAsync(new FakeStream(right), time, new SeededChance(1), CancellationToken.None));
        TransportException wrong = await Assert.ThrowsAsync<TransportException>(() => PingProtocol.PingAsync(new FakeStream(right), time, new SeededChance(2), CancellationToken.None));
        TransportException early = await Assert.ThrowsAsync<TransportException>(() => PingProtocol.PingAsync(new FakeStream(right[..31]), time, new SeededChance(1), CancellationToken.None));
        Assert.Equal(TransportError.ProtocolViolation, wrong.Error);
        Assert.Equal(TransportError.ProtocolViolation, early.Error);
    }
}
