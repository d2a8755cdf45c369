using P2P.Core.Identity;
using P2P.Transport.Connections;
using P2P.Transport.Identify;
using P2P.Transport.Negotiation;
using P2P.Transport.Peers;
using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Connections;

public sealed class RefusalCountersTests
{
    [Fact]
    public void A_finer_reason_is_counted_beside_the_coarse_one()
    {
        RefusalCounters counters = new();
        counters.Add(IdentifyStatus.KeyMismatch);
        counters.Add(IdentifyStatus.KeyMismatch);
        counters.Add(EnvelopeRefusal.Signature, RecordVerdict.None);
        counters.Add(EnvelopeRefusal.None, RecordVerdict.ForeignPeer);
        counters.Add(EnvelopeRefusal.None, RecordVerdict.StoreFull);
        counters.Add(EnvelopeRefusal.None, RecordVerdict.Accepted);

        Assert.Equal(
            new Dictionary<string, long> { ["Identify.KeyMismatch"] = 2, ["PeerRecord.ForeignPeer"] = 1, ["PeerRecord.Signature"] = 1 },
            new Dictionary<string, long>(counters.Details()));
        Assert.Equal((2, 3), (counters.Snapshot()[ConnectionRefusal.Identify], counters.Snapshot()[ConnectionRefusal.PeerRecord]));
    }

    [Fact]
    public void Reasons_are_numbered_without_gaps_as_their_counters_are()
    {
        foreach (Array values in (Array[])[
            Enum.GetValues<IdentifyStatus>(), Enum.GetValues<EnvelopeRefusal>(), Enum.GetValues<KeyRefusal>(), Enum.GetValues<UpgradeRefusal>(),
            Enum.GetValues<YamuxRefusal>(), Enum.GetValues<ConnectionRefusal>()])
        {
            Assert.Equal(Enumerable.Range(0, values.Length), values.Cast<object>().Select(static v => (int)v));
        }
    }

    [Theory]
    [InlineData("0103", "StreamMalformed")]
    [InlineData("ffff", "StreamMalformed")]
    [InlineData("", "StreamProtocol")]
    public async Task A_stream_that_agrees_on_nothing_says_why(string hex, string expected)
    {
        FakeStream stream = new(Convert.FromHexString(hex));
        (NegotiationStatus status, NegotiatedStream? negotiated) =
            await StreamNegotiator.AnswerAsync(stream, static _ => false, CancellationToken.None);
        Assert.Null(negotiated);
        Assert.Equal(expected, ConnectionServer.RefusalOf(status).ToString());
        Assert.True(stream.Aborted);
    }
}
