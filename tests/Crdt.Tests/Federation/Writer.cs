using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Federation;

/// <summary>Writes records by hand: an author with a chain, every event on top of what is named.</summary>
internal sealed class Writer(int number, Genesis? genesis = null)
{
    private readonly Author _author = new(number);

    public ReadOnlyMemory<byte> Key => _author.Key;

    /// <summary>The newest own event.</summary>
    public Event? Last { get; set; }

    public Event Write(string type, byte[] body, params Event[] deps) =>
        Last = _author.Write(Last, deps, draft => (draft.Type, draft.Body, draft.Document) = (type, body, (genesis ?? Author.Genesis).Cid));

    public Event Artifact(string text, params Event[] deps) => Artifact(System.Text.Encoding.UTF8.GetBytes(text), null, deps);

    public Event Artifact(byte[] data, uint? tag = null, params Event[] deps) =>
        Write(FederationTypes.Artifact, ArtifactBody.OfBytes(data, tag).Encode(), deps);

    public Event Edge(Event from, Event to, string type = "next", params Event[] deps) => Edge(from.Cid, to.Cid, type, deps);

    public Event Edge(Cid from, Cid to, string type, params Event[] deps) =>
        Write(FederationTypes.Edge, EdgeBody.Of([from], [to], type).Encode(), deps);

    public Event Tomb(Event target, params Event[] deps) => Write(FederationTypes.Tomb, new TombBody(target.Cid).Encode(), deps);

    public Event Lift(Event target, Event[] tombs, params Event[] deps) =>
        Write(FederationTypes.Lift, new LiftBody(target.Cid, [.. tombs.Select(static t => t.Cid).Order()]).Encode(), deps);

    public Event Receipt(ReceiptBody body, params Event[] deps) => Write(FederationTypes.Receipt, body.Encode(), deps);

    public Event Grant(ReadOnlyMemory<byte>[] added, (ReadOnlyMemory<byte> Key, ulong Last)[] removed, params Event[] deps) =>
        Write(EventTypes.Grant, new GrantBody(added, removed).Encode(), deps);

    public Event ForkProof(Event first, Event second, params Event[] deps)
    {
        Core.Encoding.DagCborWriter writer = new();
        writer.WriteMapStart(1);
        writer.WriteText("refs"u8);
        writer.WriteArrayStart(2);
        foreach (Cid cid in new[] { first.Cid, second.Cid }.Order())
        {
            writer.WriteCid(cid);
        }

        return Write(EventTypes.ForkProof, writer.ToArray(), deps);
    }
}
