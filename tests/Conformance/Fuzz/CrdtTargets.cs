using System.Text;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Presence;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Crdt.Sync;

namespace P2P.Conformance.Fuzz;

/// <summary>Decoders of the replicated document.</summary>
internal static class CrdtTargets
{
    private static readonly Genesis s_document = Genesis.Create("fuzz", "document");

    public static IEnumerable<FuzzTarget> All() => [.. Events(), .. Messages(), .. Clocks(), .. Bodies()];

    private static Event[] Chain(int count)
    {
        KeySigner signer = new(FuzzTargets.Key());
        Event[] chain = new Event[count];
        for (int i = 0; i < count; i++)
        {
            AppendContext context = new(s_document.Cid, signer.Author, (ulong)i + 1, i == 0 ? default : chain[i - 1].Cid, [], (ulong)i + 1);
            chain[i] = EventCodec.Sign(context, new EventDraft { Type = "note" }, 5, signer, out _)!;
        }

        return chain;
    }

    private static IEnumerable<FuzzTarget> Events()
    {
        Event[] chain = Chain(2);
        yield return new("event", [.. chain.Select(static e => e.Bytes.ToArray())], static input =>
            EventCodec.TryDecode(input, s_document.Cid, out Event? read, out InvalidReason reason) ? FuzzTargets.Same(read!.Bytes.Span, input) : (int)reason);
        yield return new("event-verify", [chain[0].Bytes.ToArray()], static input =>
            EventCodec.TryDecode(input, s_document.Cid, out Event? read, out _) ? (EventCodec.VerifySignature(read!) ? 0 : 2) : 1);
        yield return new("genesis", [s_document.Bytes.ToArray(), Genesis.Create("n", "closed", [chain[0].Author]).Bytes.ToArray()], static input =>
            Genesis.TryDecode(input, out Genesis? read, out InvalidReason reason) ? FuzzTargets.Same(read!.Bytes.Span, input) : (int)reason);
        Ticket ticket = new(s_document, [Multiaddr.Parse("/ip4/192.0.2.1/tcp/4001").WithPeer(FuzzTargets.Key().PublicKey.PeerId)]);
        yield return new("ticket", [Encoding.ASCII.GetBytes(ticket.ToString())], static input =>
        {
            string text = Encoding.Latin1.GetString(input);
            return Ticket.TryParse(text, out Ticket? read, out InvalidReason reason) ? (read!.ToString().Equals(text.Trim(), StringComparison.OrdinalIgnoreCase) ? 0 : throw new FuzzException("its text is not it")) : 1 + (int)reason;
        });
        yield return new(
            "gossip-payload",
            [GossipPayload.Encode(chain[0])!, GossipPayload.Encode(new Announcement(s_document.Cid, [chain[1].Cid], EventDigest.Sha256([1]), 9))],
            static input => (int)GossipPayload.Read(input, s_document.Cid, out _, out _));
        yield return new("snapshot-list", [SnapshotData.Split(new byte[(1 << 20) + 5])[^1].Data.ToArray()], static input =>
            SnapshotData.TryReadList(input, out _, out _) ? 0 : 1);
    }

    private static IEnumerable<FuzzTarget> Messages()
    {
        Event[] chain = Chain(3);
        Cid cid = chain[0].Cid;
        SyncAuthor author = new(EventDigest.Read(new byte[32]), 3, chain[2].Cid);
        SyncMessage[] messages =
        [
            new SummaryMessage(true, new byte[16], [new SyncSummary(s_document.Cid, [cid], [author], default, 3)]),
            new SummaryMessage(false, new byte[16], [new SyncSummary(s_document.Cid, [cid], [], EventDigest.Sha256([1]), 3)]),
            new PackMessage(s_document.Cid, chain),
            new PackEndMessage(s_document.Cid, 3, [cid]),
            new GetMessage(s_document.Cid, [cid]),
            new BlocksMessage(s_document.Cid, [chain[0].Bytes, null]),
            new DigestMessage(0, default, [EventDigest.Sha256([1])]),
            new ErrorMessage(4, "no"),
        ];
        yield return new("sync", [.. messages.Select(SyncCodec.Write)], static input => (int)SyncCodec.TryRead(input, out _));
        yield return new(
            "presence",
            [PresenceCodec.Encode(new PresenceMessage("name", 0xff00ff, null, null, 1))],
            static input => (int)PresenceCodec.TryDecode(input, out _));
    }

    private static IEnumerable<FuzzTarget> Clocks()
    {
        (Stamp left, Stamp right) = Stamp.Seed.Event().Fork();
        (Stamp third, _) = left.Event().Fork();
        yield return new("itc-stamp", [left.Encode(), right.Event().Event().Encode(), third.Encode()], static input =>
            Stamp.TryDecode(input, out Stamp? read, out StampRefusal refusal) ? FuzzTargets.Same(read.Encode(), input) : (int)refusal);
        yield return new("slot-clock", [SlotClock64.Seed.Event().Encode(), SlotClock64.Seed.Fork().Kept.Event().Encode()], static input =>
            SlotClock64.TryDecode(input, out SlotClock64 read) ? FuzzTargets.Same(read.Encode(), input) : 1);
    }

    private static IEnumerable<FuzzTarget> Bodies()
    {
        Cid cid = Cid.ForDagCbor([0xa0]);
        byte[] tomb = new TombBody(cid).Encode();
        byte[] lift = new LiftBody(cid, [cid]).Encode();
        yield return new("federation-bodies", [tomb, lift], static input =>
        {
            InvalidReason[] reasons =
            [
                ArtifactBody.TryRead(input, out _), EdgeBody.TryRead(input, out _), TombBody.TryRead(input, out _), LiftBody.TryRead(input, out _),
                ReceiptBody.TryRead(input, out _), SnapBody.TryRead(input, out _),
            ];
            int taken = Array.FindIndex(reasons, static r => r == InvalidReason.None);
            return taken >= 0 ? 0 : reasons.Sum(static r => (int)r);
        });
    }
}
