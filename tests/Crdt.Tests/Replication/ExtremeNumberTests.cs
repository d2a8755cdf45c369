using System.Text;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Local;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Well-signed events, vouched-for ones and claims full of 0, 2^31, 2^63 and 2^64 − 1: a verdict each, never an exception.</summary>
public sealed class ExtremeNumberTests
{
    private static readonly ulong[] s_extremes =
    [
        0, 1, 2, 255, 65_536, int.MaxValue, 1UL + int.MaxValue, uint.MaxValue, 1UL + uint.MaxValue, long.MaxValue, 1UL + long.MaxValue, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private static readonly Author s_honest = new(1);
    private static readonly Author s_hostile = new(2);
    private static readonly Author s_granted = new(3);

    [Fact]
    public void Every_event_gets_a_verdict_and_the_document_goes_on()
    {
        Dictionary<(EventVerdictKind, InvalidReason), int> seen = [];
        for (ulong seed = 1; seed <= 150; seed++)
        {
            SeededChance chance = new(seed);
            Genesis genesis = seed % 2 == 0
                ? Genesis.Create("test", "open")
                : Genesis.Create("test", "listed", [s_honest.Key, s_hostile.Key]);
            CoreBench bench = new(o => o with { Genesis = genesis, TypeRules = DocumentRules.Create() }, seed);
            LocalReplica typist = new(genesis, s_hostile.Signer);
            Event? last = null;
            Event? granted = null;
            for (int i = 0; i < 25; i++)
            {
                Event template = Template(typist, genesis, chance);
                byte[] extreme = Mutate(template, chance, isSigned: chance.Below(4) > 0);
                Count(seen, bench.Give(extreme, AdversarialTests.Peer(2)), seed);
                if (EventCodec.TryDecode(extreme, genesis.Cid, out Event? vouched, out _))
                {
                    Count(seen, Vouch(bench, vouched!, chance), seed);
                }

                bool isHere = chance.Below(8) > 0 && bench.Give(template, AdversarialTests.Peer(3)).Kind == EventVerdictKind.Accepted;
                last = Continue(bench, last, isHere && chance.Below(2) == 0 ? template : null, chance);
                Event next = s_granted.Write(granted, granted is null ? [last] : [], d => d.Document = genesis.Cid);
                granted = bench.Give(next).Kind == EventVerdictKind.Accepted ? next : granted;
            }

            AskEverything(bench, chance);
            LocalReplica reader = new(genesis, signer: null);
            foreach (Event published in bench.Published)
            {
                Assert.Equal(EventVerdictKind.Accepted, reader.Insert(published.Bytes).Kind);
            }

            Assert.NotNull(reader.Text.GetText());
        }

        // The extremes went through every gate, not only the first.
        Assert.True(seen.Keys.Select(static k => k.Item1).Distinct().Count() >= 3, string.Join(", ", seen));
        Assert.True(seen.Keys.Select(static k => k.Item2).Distinct().Count() >= 8, string.Join(", ", seen));
    }

    // What a good writer says, on what the hostile one said where that may be cited; now and then that somebody may write, or may no longer.
    private static Event Continue(CoreBench bench, Event? last, Event? cited, SeededChance chance)
    {
        Author.Draft? said = null;
        void Change(Author.Draft draft)
        {
            draft.Document = bench.Options.Genesis.Cid;
            said ??= chance.Below(3) switch
            {
                0 => new Author.Draft { Type = EventTypes.Grant, Body = new GrantBody([s_granted.Key], []).Encode() },
                1 => new Author.Draft { Type = EventTypes.Grant, Body = new GrantBody([], [(s_granted.Key, s_extremes[chance.Below(s_extremes.Length)])]).Encode() },
                _ => new Author.Draft(),
            };
            (draft.Type, draft.Body) = (said.Type, said.Body);
        }

        Event citing = s_honest.Write(last, cited is null ? [] : [cited], Change);
        if (bench.Give(citing).Kind == EventVerdictKind.Accepted)
        {
            return citing;
        }

        Event alone = s_honest.Write(last, change: Change);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(alone).Kind);
        return alone;
    }

    // A voucher: a well-signed event that names the extreme one as its previous, whatever that says of itself.
    private static EventVerdict Vouch(CoreBench bench, Event extreme, SeededChance chance)
    {
        Author author = extreme.Author.Span.SequenceEqual(s_hostile.Key.Span) ? s_hostile : s_granted;
        ulong sequence = chance.Below(2) == 0 ? unchecked(extreme.Sequence + 1) : s_extremes[chance.Below(s_extremes.Length)];
        ulong height = chance.Below(2) == 0 ? unchecked(extreme.Height + 1) : s_extremes[chance.Below(s_extremes.Length)];
        AppendContext context = new(extreme.Document, author.Key, sequence, extreme.Cid, [], height);
        Event? voucher = EventCodec.Sign(context, new EventDraft { Type = "note" }, 0, author.Signer, out _);
        return voucher is null ? EventVerdict.Invalid(InvalidReason.Sequence) : bench.Give(voucher, AdversarialTests.Peer(4));
    }

    private static void AskEverything(CoreBench bench, SeededChance chance)
    {
        DagShape shape = DagShape.Of(bench.Core);
        Assert.NotEmpty(DagPicture.ToDot(shape) + DagPicture.ToMermaid(shape) + DagSvg.Draw(shape));
        SyncIndex index = new(bench.Core);
        SyncSummary mine = index.Summarise(SyncProtocol.AuthorsMax);
        SyncSummary claim = mine with
        {
            Authors = [.. mine.Authors.Select(a => a with { Sequence = s_extremes[chance.Below(s_extremes.Length)], Head = Cid.ForDagCbor([(byte)chance.Below(9)]) }).Order()],
            Count = s_extremes[chance.Below(s_extremes.Length)],
        };
        Assert.NotNull(index.Plan(claim).Pack);
        RangeView view = index.View();
        view.Prepare(new byte[2 * SyncProtocol.NonceBytes]);
        foreach (ulong height in s_extremes)
        {
            RangeEntry[] entries =
            [
                new(height, Cid.ForDagCbor([1]), (RangeMode)chance.Below(3), s_extremes[chance.Below(s_extremes.Length)], UInt128.MaxValue, []),
                new(ulong.MaxValue, bench.Options.Genesis.Cid, RangeMode.Fingerprint, s_extremes[chance.Below(s_extremes.Length)], 0, []),
            ];
            Assert.NotNull(view.Answer(entries).Reply);
        }

        foreach (ulong bound in s_extremes)
        {
            EventQuery query = new() { HeightMin = bound, HeightMax = ulong.MaxValue, AtMin = 0, AtMax = bound, ArrivalMax = long.MaxValue };
            Assert.NotNull(new QueryRunner(bench.Core, bench.Changes, query).Run().Cids);
        }
    }

    private static void Count(Dictionary<(EventVerdictKind, InvalidReason), int> seen, EventVerdict verdict, ulong seed)
    {
        Assert.True(verdict.Kind != EventVerdictKind.None, $"seed {seed}");
        seen[(verdict.Kind, verdict.Reason)] = seen.GetValueOrDefault((verdict.Kind, verdict.Reason)) + 1;
    }

    // An event that would be good as it is.
    private static Event Template(LocalReplica typist, Genesis genesis, SeededChance chance)
    {
        int length = typist.Text.GetText().Length;
        switch (chance.Below(6))
        {
            case 0 when length > 4:
                typist.Text.Delete(chance.Below(length - 2), 2);
                return typist.Cut()!;
            case 1 or 2:
                typist.Text.Insert(chance.Below(length + 1), "a longer word");
                return typist.Cut()!;
            case 3:
                GrantBody grant = new([], [.. new[] { s_granted.Key, s_hostile.Key }.Select(static k => (k, 5UL))]);
                return Next(typist, genesis, EventTypes.Grant, grant.Encode());
            case 4:
                GrantBody adds = new([s_granted.Key], []);
                return Next(typist, genesis, EventTypes.Grant, adds.Encode());
            case 5 when typist.Log.Count > 0:
                SnapBody snap = new() { Cut = [typist.Log[^1].Cid], Count = (ulong)typist.Log.Count, State = EventDigest.Sha256([1]) };
                return Next(typist, genesis, "snap", snap.Encode());
            default:
                return Next(typist, genesis, "note", [0xa1, 0x61, (byte)'n', 0x05]);
        }
    }

    private static Event Next(LocalReplica typist, Genesis genesis, string type, byte[] body)
    {
        Event? last = typist.Log.Count > 0 ? typist.Log[^1] : null;
        AppendContext context = new(genesis.Cid, s_hostile.Key, (last?.Sequence ?? 0) + 1, last?.Cid ?? default, [], (last?.Height ?? 0) + 1);
        Event next = EventCodec.Sign(context, new EventDraft { Type = type, Body = body }, 0, s_hostile.Signer, out _)!;
        typist.Insert(next.Bytes);
        return next;
    }

    // The same event with other numbers, signed again over what it says now, or left with a signature that is wrong.
    private static byte[] Mutate(Event honest, SeededChance chance, bool isSigned)
    {
        List<(byte[] Key, byte[] Value)> fields = [];
        DagCborReader reader = new(honest.Bytes.Span);
        Assert.True(reader.TryReadMapStart(out int count));
        for (int i = 0; i < count; i++)
        {
            Assert.True(reader.TryReadText(out ReadOnlySpan<byte> key));
            DagCborWriter value = new();
            int oneIn = key.SequenceEqual("body"u8) ? 3 : key.SequenceEqual("v"u8) ? 60 : 8;
            Copy(ref reader, value, chance, oneIn);
            fields.Add((key.ToArray(), value.ToArray()));
        }

        if (isSigned)
        {
            byte[] message = [.. "p2p-event:"u8, .. Map(fields.Where(static f => Encoding.UTF8.GetString(f.Key) != "sig"))];
            DagCborWriter signature = new();
            signature.WriteBytes(s_hostile.Signer.Sign(message));
            int at = fields.FindIndex(static f => Encoding.UTF8.GetString(f.Key) == "sig");
            fields[at] = (fields[at].Key, signature.ToArray());
        }

        return Map(fields);
    }

    private static byte[] Map(IEnumerable<(byte[] Key, byte[] Value)> fields)
    {
        List<(byte[] Key, byte[] Value)> all = [.. fields];
        DagCborWriter writer = new();
        writer.WriteMapStart(all.Count);
        foreach ((byte[] key, byte[] value) in all)
        {
            writer.WriteText(key.AsSpan());
            writer.WriteRaw(value);
        }

        return writer.ToArray();
    }

    private static void Copy(ref DagCborReader reader, DagCborWriter writer, SeededChance chance, int oneIn)
    {
        switch (reader.PeekKind())
        {
            case DagCborKind.UInt:
                Assert.True(reader.TryReadUInt(out ulong number));
                writer.WriteUInt(chance.Below(oneIn) == 0 ? s_extremes[chance.Below(s_extremes.Length)] : number);
                break;
            case DagCborKind.NegativeInt:
                Assert.True(reader.TryReadInt(out long negative));
                writer.WriteInt(chance.Below(oneIn) == 0 ? long.MinValue : negative);
                break;
            case DagCborKind.Array:
                Assert.True(reader.TryReadArrayStart(out int items));
                writer.WriteArrayStart(items);
                for (int i = 0; i < items; i++)
                {
                    Copy(ref reader, writer, chance, oneIn);
                }

                break;
            case DagCborKind.Map:
                Assert.True(reader.TryReadMapStart(out int pairs));
                writer.WriteMapStart(pairs);
                for (int i = 0; i < pairs; i++)
                {
                    Assert.True(reader.TryReadText(out ReadOnlySpan<byte> key));
                    writer.WriteText(key);
                    Copy(ref reader, writer, chance, oneIn);
                }

                break;
            default:
                Assert.True(reader.TrySkip(out ReadOnlySpan<byte> raw));
                writer.WriteRaw(raw);
                break;
        }
    }
}
