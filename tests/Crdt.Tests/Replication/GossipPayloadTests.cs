using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

public sealed class GossipPayloadTests
{
    private static readonly Cid s_document = Author.Genesis.Cid;

    [Fact]
    public void A_signed_event_is_forwarded_and_a_badly_signed_one_rejected()
    {
        byte[] good = GossipPayload.Encode(new Author(1).Write())!;
        byte[] bad = (byte[])good.Clone();
        bad[^40] ^= 1; // inside the body or links: decodes or not, it is never accepted

        Assert.Equal(GossipAdvice.Accept, GossipPayload.Validate(good, s_document));
        Assert.Equal(GossipAdvice.Reject, GossipPayload.Validate(bad, s_document));
    }

    [Fact]
    public void An_announcement_is_ignored_by_the_validator_and_read_back_whole()
    {
        Announcement announcement = new(s_document, [new Author(1).Write().Cid], EventDigest.Sha256([1]), 42);
        byte[] payload = GossipPayload.Encode(announcement);

        Assert.Equal(GossipAdvice.Ignore, GossipPayload.Validate(payload, s_document));
        Assert.Equal(InvalidReason.None, GossipPayload.Read(payload, s_document, out Event? heard, out Announcement? read));
        Assert.Null(heard);
        Assert.Equal(announcement.Heads, read!.Heads);
        Assert.Equal(announcement.FrontierHash, read.FrontierHash);
        Assert.Equal(42UL, read.Nonce);
    }

    [Fact]
    public void Payloads_of_other_documents_kinds_and_sizes_are_refused_by_name()
    {
        byte[] foreign = GossipPayload.Encode(new Announcement(Cid.ForDagCbor([1]), [], default, 0));
        byte[] cut = GossipPayload.Encode(new Announcement(s_document, [], default, 0))[..^1];

        Assert.Equal(InvalidReason.Document, GossipPayload.Read(foreign, s_document, out _, out _));
        Assert.Equal(InvalidReason.Schema, GossipPayload.Read(cut, s_document, out _, out _));
        Assert.Equal(InvalidReason.Schema, GossipPayload.Read(default, s_document, out _, out _));
        Assert.Equal(InvalidReason.Version, GossipPayload.Read(new byte[] { 3, 0 }, s_document, out _, out _));
        Assert.Equal(InvalidReason.Size, GossipPayload.Read(new byte[(60 * 1024) + 2].Select(static (_, i) => i == 0 ? (byte)1 : (byte)0).ToArray(), s_document, out _, out _));
        Assert.Equal(InvalidReason.Size, GossipPayload.Read(new byte[4_000].Select(static (_, i) => i == 0 ? (byte)2 : (byte)0).ToArray(), s_document, out _, out _));
        Assert.Equal(GossipAdvice.Reject, GossipPayload.Validate(foreign, s_document));
    }

    [Fact]
    public void An_event_too_large_for_gossip_is_only_announced()
    {
        P2P.Core.Encoding.DagCborWriter body = new();
        body.WriteMapStart(1);
        body.WriteText("a");
        body.WriteBytes(new byte[GossipPayload.HeadsMax * 1024]);
        Event large = new Author(1).Write(change: draft => draft.Body = body.ToArray());

        Assert.Null(GossipPayload.Encode(large));
    }
}
