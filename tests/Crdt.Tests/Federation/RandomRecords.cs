using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Tests.Federation;

/// <summary>Random histories of records: every kind, programs and receipts that are right, wrong, and cannot be checked; on demand an author who forks.</summary>
internal sealed class RandomRecords
{
    private static readonly string[] s_words = ["ant", "bee", "cat", "dog", "elk"];

    private readonly IChance _chance;
    private readonly Writer[] _writers;
    private readonly HashSet<Cid>[] _views;
    private readonly Dictionary<Cid, HashSet<Cid>> _pasts = [];
    private readonly Dictionary<Cid, Event> _events = [];
    private readonly List<Event> _forker = [];
    private readonly bool _forks;
    private readonly bool _removes;

    private RandomRecords(IChance chance, int authors, bool forks, Genesis? genesis)
    {
        _chance = chance;
        _forks = forks;
        _removes = genesis is not null;
        _writers = [.. Enumerable.Range(0, authors).Select(n => new Writer(n, genesis))];
        _views = [.. Enumerable.Range(0, authors).Select(static _ => new HashSet<Cid>())];
    }

    /// <summary>Events in causal order. With a genesis that lists author 0, that one lets the others in, removes them, and lets them in again.</summary>
    public static List<Event> Make(IChance chance, int events, int authors, bool forks, Genesis? genesis = null)
    {
        RandomRecords history = new(chance, authors, forks, genesis);
        while (history._events.Count < events)
        {
            history.Next();
        }

        return [.. history._events.Values];
    }

    /// <summary>A small program over inline inputs and, sometimes, a snapshot.</summary>
    public static ProgramBody Program(IChance chance, bool queries)
    {
        ProgramBuilder builder = new();
        ProgramSource bytes = builder.Add("concat", ProgramSource.OfSlot("a"), builder.Const("-"u8), ProgramSource.OfSlot("b"));
        builder.Output("sum", builder.Add("hash", bytes));
        builder.Output("cut", builder.Slice(bytes, (ulong)chance.Below(3), (ulong)chance.Below(9)));
        if (queries)
        {
            ProgramSource scan = builder.Add("scan", Map(("type", w => w.WriteText("artifact"u8)), ("hmin", w => w.WriteUInt(1))));
            ProgramSource shown = builder.Add("shadow", scan);
            builder.Output("few", builder.Add("limit", Map(("count", w => w.WriteUInt(5)), ("offset", w => w.WriteUInt(1))), shown));
            builder.Output("rows", builder.Add("project", Map(("fields", w => WriteTexts(w, "h", "t", "body.size"))), shown));
            builder.Output("size", builder.Add("aggregate", Map(("kind", w => w.WriteText("sum"u8)), ("field", w => w.WriteText("body.size"u8))), scan));
            builder.Output("kinds", builder.Add("aggregate", Map(("kind", w => w.WriteText("union"u8)), ("field", w => w.WriteText("body.data"u8))), shown));
            builder.Output("near", builder.Add(
                "traverse",
                Map(("type", w => w.WriteText("next"u8)), ("depth", w => w.WriteUInt(3)), ("direction", w => w.WriteText("both"u8))),
                builder.Add("filter", Map(("field", w => w.WriteText("body.data"u8)), ("prefix", w => w.WriteBytes("c"u8))), scan)));
        }

        return builder.Build();
    }

    /// <summary>A canonical parameter map.</summary>
    public static byte[] Map(params (string Key, Action<DagCborWriter> Value)[] entries)
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(entries.Length);
        foreach ((string key, Action<DagCborWriter> value) in entries.OrderBy(static e => e.Key.Length).ThenBy(static e => e.Key, StringComparer.Ordinal))
        {
            writer.WriteText(key);
            value(writer);
        }

        return writer.ToArray();
    }

    private static void WriteTexts(DagCborWriter writer, params string[] texts)
    {
        writer.WriteArrayStart(texts.Length);
        foreach (string text in texts)
        {
            writer.WriteText(text);
        }
    }

    private void Next()
    {
        int who = _removes && _events.Count == 0 ? 0 : _chance.Below(_writers.Length);
        Look(who);
        Writer writer = _writers[who];
        Event? kept = writer.Last;
        if (_forks && who == 0 && _forker.Count > 0 && _chance.Below(4) == 0)
        {
            writer.Last = _forker[_chance.Below(_forker.Count)]; // goes on from an older event of its own
        }

        HashSet<Cid> below = writer.Last is null ? [] : _pasts[writer.Last.Cid];
        Event[] deps = [.. Heads(_views[who]).Where(h => h.Cid != writer.Last?.Cid && !below.Contains(h.Cid)).Take(3)];
        HashSet<Cid> past = [.. below];
        foreach (Event link in deps.Append(writer.Last).OfType<Event>())
        {
            past.Add(link.Cid);
            past.UnionWith(_pasts[link.Cid]);
        }

        Event[] known = [.. past.Select(c => _events[c])];
        Event written = _removes && who == 0 && (_events.Count == 0 || _chance.Below(4) == 0) ? Grant(writer, known, deps) : Write(writer, known, deps);
        if (!_events.TryAdd(written.Cid, written))
        {
            writer.Last = kept;
            return;
        }

        _pasts[written.Cid] = past;
        _views[who].Add(written.Cid);
        _views[who].UnionWith(past);
        if (who == 0)
        {
            _forker.Add(written);
        }
    }

    // Sees one more event of somebody, with all below it.
    private void Look(int who)
    {
        if (_removes && _events.Count > 0)
        {
            _views[who].Add(_events.Keys.First()); // nobody writes who was not let in
        }

        if (_events.Count > 0 && _chance.Below(3) > 0)
        {
            Cid seen = _events.Keys.ElementAt(_events.Count - 1 - _chance.Below(Math.Min(6, _events.Count)));
            _views[who].Add(seen);
            _views[who].UnionWith(_pasts[seen]);
        }
    }

    private IEnumerable<Event> Heads(HashSet<Cid> view)
    {
        HashSet<Cid> heads = [.. view];
        foreach (Cid seen in view)
        {
            Event below = _events[seen];
            heads.Remove(below.Previous);
            heads.ExceptWith(below.Dependencies);
        }

        return heads.Select(c => _events[c]).OrderBy(static e => e.Cid);
    }

    private Event Write(Writer writer, Event[] past, Event[] deps)
    {
        Event[] records = [.. past.Where(static e => FederationTypes.CanBeHidden(e.Type)).OrderBy(static e => e.Cid)];
        Event[] tombs = [.. past.Where(static e => e.Type == FederationTypes.Tomb).OrderBy(static e => e.Cid)];
        switch (_chance.Below(10))
        {
            case 0 or 1 when records.Length > 1:
                return writer.Edge(Pick(records), Pick(records), _chance.Below(2) == 0 ? "next" : "ordered:x", deps);
            case 2 when records.Length > 0:
                return writer.Tomb(Pick(records), deps);
            case 3 when tombs.Length > 0:
                Event tomb = Pick(tombs);
                _ = TombBody.TryRead(tomb.Body, out TombBody? body);
                return writer.Lift(_events[body!.Target], [tomb], deps);
            case 4 or 5:
                return writer.Receipt(Receipt(past), deps);
            case 6:
                return writer.Artifact(Program(_chance, queries: past.Any(static e => e.Type == FederationTypes.Snapshot)).Encode(), 1, deps);
            case 7 when deps.Length > 0 || writer.Last is not null:
                Cid[] cut = [.. deps.Append(writer.Last).OfType<Event>().Select(static e => e.Cid).Take(1)];
                SnapBody snap = new() { Cut = cut, Count = 1, State = EventDigest.Sha256(cut[0].Bytes) };
                return writer.Write(FederationTypes.Snapshot, snap.Encode(), deps);
            case 8:
                return writer.Write("note", [0xa0], deps);
            default:
                return writer.Artifact(s_words[_chance.Below(s_words.Length)], deps);
        }
    }

    // Lets all in, or removes one at a number of its own that may be long past.
    private Event Grant(Writer writer, Event[] past, Event[] deps)
    {
        Writer other = _writers[1 + _chance.Below(_writers.Length - 1)];
        ulong last = past.Where(e => e.Author.Span.SequenceEqual(other.Key.Span)).Select(static e => e.Sequence).DefaultIfEmpty().Max();
        return last == 0 || _chance.Below(2) == 0
            ? writer.Grant([.. _writers.Skip(1).Select(static w => w.Key)], [], deps)
            : writer.Grant([], [(other.Key, last - (ulong)_chance.Below((int)Math.Min(last, 3)))], deps);
    }

    // Mostly what an honest executor would claim about small inputs; the fold finds out.
    private ReceiptBody Receipt(Event[] past)
    {
        Event? program = past.Where(static e => e.Type == FederationTypes.Artifact).OrderBy(static e => e.Cid)
            .FirstOrDefault(static e => ArtifactBody.TryRead(e.Body, out ArtifactBody? b) == InvalidReason.None && b!.Tag == 1);
        _ = ArtifactBody.TryRead(program?.Body ?? default, out ArtifactBody? carried);
        Cid cid = carried is null ? Cid.ForDagCbor([0xa0]) : Cid.ForDagCbor(carried.Inline.Span);
        List<KeyValuePair<string, Cid>> inputs =
        [
            new("a", Cid.ForRaw(System.Text.Encoding.UTF8.GetBytes(s_words[_chance.Below(s_words.Length)]))),
            new("b", Cid.ForRaw(System.Text.Encoding.UTF8.GetBytes(s_words[_chance.Below(s_words.Length)]))),
        ];
        Event[] snapshots = [.. past.Where(static e => e.Type == FederationTypes.Snapshot).OrderBy(static e => e.Cid)];
        if (snapshots.Length > 0)
        {
            inputs.Add(new("snapshot", Pick(snapshots).Cid));
        }

        return new ReceiptBody
        {
            Program = cid,
            Scheme = ProgramScheme.Pel1,
            Inputs = SlotMap.Sort(inputs),
            Outputs = [new("sum", Cid.ForRaw([(byte)_chance.Below(3)]))],
            Status = (ulong)_chance.Below(2),
            Gas = (ulong)_chance.Below(100),
        };
    }

    private Event Pick(Event[] events) => events[_chance.Below(events.Length)];
}
