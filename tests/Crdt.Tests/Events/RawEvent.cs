using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Events;

/// <summary>Event blocks written key by key, so that each can be wrong in one way and still be well signed.</summary>
internal sealed class RawEvent
{
    private readonly SortedDictionary<string, byte[]> _fields = new(Comparer<string>.Create(
        static (a, b) => a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b)));

    private readonly ISigner _signer;

    public RawEvent(ISigner? signer = null)
    {
        _signer = signer ?? new Author(1).Signer;
        With("h", static w => w.WriteUInt(1));
        With("t", static w => w.WriteText("note"));
        With("v", static w => w.WriteUInt(1));
        With("at", static w => w.WriteUInt(0));
        With("by", w => w.WriteBytes(_signer.Author.Span));
        With("doc", static w => w.WriteCid(Author.Genesis.Cid));
        With("seq", static w => w.WriteUInt(1));
        With("body", static w => w.WriteMapStart(0));
        With("deps", static w => w.WriteArrayStart(0));
        With("prev", static w => w.WriteNull());
    }

    public static Cid SomeLink(int number) => Cid.ForDagCbor(BitConverter.GetBytes(number));

    public RawEvent With(string key, Action<DagCborWriter> write)
    {
        DagCborWriter writer = new();
        write(writer);
        _fields[key] = writer.ToArray();
        return this;
    }

    public RawEvent With(string key, byte[] raw)
    {
        _fields[key] = raw;
        return this;
    }

    public RawEvent Without(string key)
    {
        _fields.Remove(key);
        return this;
    }

    public RawEvent WithDeps(IEnumerable<Cid> deps) => With("deps", w =>
    {
        Cid[] all = [.. deps];
        w.WriteArrayStart(all.Length);
        Array.ForEach(all, w.WriteCid);
    });

    public byte[] Build()
    {
        byte[] message = [.. "p2p-event:"u8, .. Map()];
        With("sig", w => w.WriteBytes(_signer.Sign(message)));
        return Map();
    }

    private byte[] Map()
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(_fields.Count);
        foreach ((string key, byte[] value) in _fields)
        {
            writer.WriteText(key);
            writer.WriteRaw(value);
        }

        return writer.ToArray();
    }
}
