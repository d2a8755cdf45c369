using System.Buffers.Binary;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Writes events by hand, honest or not.</summary>
internal sealed class Author
{
    private static readonly Dictionary<int, KeySigner> s_signers = [];

    public Author(int number)
    {
        lock (s_signers)
        {
            if (!s_signers.TryGetValue(number, out KeySigner? signer))
            {
                byte[] seed = new byte[32];
                BinaryPrimitives.WriteInt32LittleEndian(seed, number + 1);
                s_signers.Add(number, signer = new KeySigner(PrivateKey.FromEd25519Seed(seed)));
            }

            Signer = signer;
        }
    }

    public static Genesis Genesis { get; } = Genesis.Create("test", "document");

    public KeySigner Signer { get; }

    public ReadOnlyMemory<byte> Key => Signer.Author;

    /// <summary>An event with everything given; wrong things are signed as well as right ones.</summary>
    public Event Write(Event? previous = null, IEnumerable<Event>? deps = null, Action<Draft>? change = null)
    {
        List<Event> links = [.. deps ?? []];
        Draft draft = new()
        {
            Sequence = (previous?.Sequence ?? 0) + 1,
            Previous = previous?.Cid ?? default,
            Dependencies = [.. links.Select(static e => e.Cid).Order()],
            Height = 1 + links.Append(previous).Max(static e => e?.Height ?? 0),
        };
        change?.Invoke(draft);
        AppendContext context = new(draft.Document, Key, draft.Sequence, draft.Previous, draft.Dependencies, draft.Height);
        return EventCodec.Sign(context, new EventDraft { Type = draft.Type, Body = draft.Body }, draft.At, Signer, out InvalidReason reason)
            ?? throw new InvalidOperationException($"The codec refuses it: {reason}.");
    }

    /// <summary>A chain of events, each on the one before.</summary>
    public List<Event> Chain(int count, Event? previous = null)
    {
        List<Event> chain = [];
        for (int i = 0; i < count; i++)
        {
            chain.Add(previous = Write(previous));
        }

        return chain;
    }

    public sealed class Draft
    {
        public Cid Document { get; set; } = Genesis.Cid;

        public ulong Sequence { get; set; }

        public Cid Previous { get; set; }

        public Cid[] Dependencies { get; set; } = [];

        public ulong Height { get; set; }

        public ulong At { get; set; }

        public string Type { get; set; } = "note";

        public byte[] Body { get; set; } = [0xa0];
    }
}
