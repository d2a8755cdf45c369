using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Events;

/// <summary>Events of the specification, built from scratch.</summary>
internal static class Vectors
{
    public static Genesis Genesis { get; } = Genesis.Create("p2p-test", "hello");

    public static KeySigner SignerA { get; } = new(KeyFrom(0));

    public static KeySigner SignerB { get; } = new(KeyFrom(0x20));

    public static Event A1() => Sign(SignerA, 1, default, [], (1, Ins(w =>
    {
        w.WriteArrayStart(2);
        w.WriteUInt(0);
        w.WriteText("hello earth");
    })));

    public static Event B1(Event a1) => Sign(SignerB, 1, default, [a1.Cid], (2, Ins(w => Run(w, 1, 1, 10, " hi"))));

    public static Event A2(Event a1, Event b1) => Sign(SignerA, 2, a1.Cid, [b1.Cid], (3, Ins(w => Run(w, 1, 2, 2, "!"))));

    private static PrivateKey KeyFrom(int first) =>
        PrivateKey.FromEd25519Seed([.. Enumerable.Range(first, 32).Select(static i => (byte)i)]);

    private static Event Sign(ISigner signer, ulong sequence, Cid previous, Cid[] dependencies, (ulong Height, byte[] Body) what)
    {
        AppendContext context = new(Genesis.Cid, signer.Author, sequence, previous, dependencies, what.Height);
        EventDraft draft = new() { Type = "seq", Body = what.Body };
        return EventCodec.Sign(context, draft, at: 0, signer, out InvalidReason reason) ?? throw new InvalidOperationException(reason.ToString());
    }

    private static byte[] Ins(Action<DagCborWriter> run)
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(1);
        writer.WriteText("ins"u8);
        writer.WriteArrayStart(1);
        run(writer);
        return writer.ToArray();
    }

    private static void Run(DagCborWriter writer, ulong kind, ulong index, ulong offset, string text)
    {
        writer.WriteArrayStart(4);
        writer.WriteUInt(kind);
        writer.WriteUInt(index);
        writer.WriteUInt(offset);
        writer.WriteText(text);
    }
}
