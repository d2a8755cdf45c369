using System.Collections;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Testing.Tests.Simulation;

/// <summary>
/// The replica specification, sections 6, 8 and 9, written down as it reads and computed from blocks alone: whole pasts, no index, nothing kept
/// from one question to the next. Slow and plain, to be compared with the product.
/// </summary>
internal sealed class DagModel
{
    private readonly Genesis _genesis;
    private readonly Event[] _events;
    private readonly EventDigest[] _keys;
    private readonly EventDigest[] _payloads;
    private readonly Dictionary<Cid, int> _at = [];
    private readonly int[][] _links;
    private readonly BitArray[] _past;
    private readonly HashSet<EventDigest> _roots;
    private readonly List<(int Grant, GrantBody Body)> _grants = [];

    /// <param name="genesis">Says who may write.</param>
    /// <param name="applied">In an order in which links come first.</param>
    public DagModel(Genesis genesis, IReadOnlyList<Event> applied)
    {
        _genesis = genesis;
        _events = [.. applied];
        _keys = [.. _events.Select(static e => KeyOf(e.Author))];
        _payloads = [.. _events.Select(EventCodec.PayloadHash)];
        _links = new int[_events.Length][];
        _past = new BitArray[_events.Length];
        _roots = [.. (genesis.Writers ?? []).Select(KeyOf)];
        for (int i = 0; i < _events.Length; i++)
        {
            Add(i);
        }

        Forks = FindForks();
        Visible = FindVisible();
    }

    /// <summary>What breaks a rule of admission, in words; null when nothing does.</summary>
    public string? Broken { get; private set; }

    /// <summary>Authors with two different events under one number, with the lowest such number.</summary>
    public IReadOnlyDictionary<EventDigest, ulong> Forks { get; }

    /// <summary>Authors whom a removal names that acts.</summary>
    public IReadOnlySet<EventDigest> Removed => _removed;

    private readonly HashSet<EventDigest> _removed = [];

    /// <summary>What everybody sees who holds these events.</summary>
    public IReadOnlySet<Cid> Visible { get; }

    /// <summary>Visible events that no visible event links to, ascending.</summary>
    public IReadOnlyList<Cid> Heads
    {
        get
        {
            HashSet<int> linked = [.. _events.Select((_, i) => i).Where(i => Visible.Contains(_events[i].Cid)).SelectMany(i => _links[i])];
            return [.. _events.Where((e, i) => Visible.Contains(e.Cid) && !linked.Contains(i)).Select(static e => e.Cid).Order()];
        }
    }

    /// <summary>Visible events, ascending by height and name.</summary>
    public IReadOnlyList<Cid> Canonical =>
        [.. _events.Where(e => Visible.Contains(e.Cid)).OrderBy(static e => e.Height).ThenBy(static e => e.Cid).Select(static e => e.Cid)];

    /// <summary>All events.</summary>
    public IEnumerable<Cid> Cids => _at.Keys;

    /// <summary>Whether the event is applied.</summary>
    public bool Holds(Cid cid) => _at.ContainsKey(cid);

    /// <summary>Who wrote an applied event.</summary>
    public EventDigest AuthorOf(Cid cid) => _keys[_at[cid]];

    /// <summary>
    /// Whether whatever lets a key write knows the fork of an event's author, and not the event: then no event of that key may ever cite it.
    /// </summary>
    public bool IsOutOfReach(Cid cid, EventDigest key)
    {
        int at = _at[cid];
        int[] adds = [.. _grants.Where(grant => Adds(grant.Body, key)).Select(static grant => grant.Grant)];
        return adds.Length > 0 && adds.All(add => !_past[add][at] && HoldsProof(_past[add], _keys[at]));
    }

    /// <summary>An event and why it may not be seen, for messages.</summary>
    public string Tell(Cid cid) => !_at.TryGetValue(cid, out int at) ? $"{cid}, not held"
        : $"{cid}, {_events[at].Type} number {_events[at].Sequence} at height {_events[at].Height} of {_keys[at]}, forked from {Forks.GetValueOrDefault(_keys[at])}";

    public static EventDigest KeyOf(ReadOnlyMemory<byte> author) => EventGraph.KeyOf(author.Span);

    private void Add(int i)
    {
        Event added = _events[i];
        IEnumerable<Cid> named = (added.Previous.IsNone ? [] : new[] { added.Previous }).Concat(added.Dependencies).Concat(added.References).Distinct();
        List<int> links = [];
        BitArray past = new(_events.Length);
        foreach (Cid cid in named)
        {
            if (!_at.TryGetValue(cid, out int link))
            {
                Break(i, $"S3: its link {cid} is not applied before it");
                continue;
            }

            links.Add(link);
            past.Or(_past[link]);
        }

        past[i] = true;
        _past[i] = past;
        _links[i] = [.. links];
        if (!_at.TryAdd(added.Cid, i))
        {
            Break(i, "S3: it is applied twice");
        }

        Judge(i);
        if (added.Type == EventTypes.Grant && _roots.Contains(_keys[i]) && GrantBody.TryRead(added.Body.Span) is GrantBody body)
        {
            _grants.Add((i, body));
        }
    }

    private void Judge(int i)
    {
        Event judged = _events[i];
        ulong highest = 0;
        foreach (Cid cid in (judged.Previous.IsNone ? judged.Dependencies : judged.Dependencies.Append(judged.Previous)).Where(_at.ContainsKey))
        {
            highest = Math.Max(highest, _events[_at[cid]].Height);
        }

        bool isChained = judged.Previous.IsNone
            ? judged.Sequence == 1
            : _at.TryGetValue(judged.Previous, out int previous) && _keys[previous] == _keys[i] && _events[previous].Sequence == judged.Sequence - 1;
        if (!isChained || judged.Height - 1 != highest)
        {
            Break(i, "its number or its height does not follow from its links");
        }

        if (!MayWrite(i))
        {
            Break(i, "its author may not write");
        }

        if (judged.Type != EventTypes.ForkProof && _links[i].Any(link => CitesFlagged(i, link)))
        {
            Break(i, "it cites another branch of an author whose fork it has seen");
        }
    }

    private bool MayWrite(int i) => _genesis.Writers is null || _roots.Contains(_keys[i])
        || _grants.Exists(add => _past[i][add.Grant] && Adds(add.Body, _keys[i])
            && !_grants.Exists(removal => _past[i][removal.Grant] && Removes(removal.Body, _keys[i]) && _past[removal.Grant][add.Grant]));

    private bool CitesFlagged(int i, int link)
    {
        if (_keys[link] == _keys[i])
        {
            return false;
        }

        BitArray others = new(_events.Length);
        foreach (int other in _links[i].Where(other => other != link))
        {
            others.Or(_past[other]);
        }

        return !others[link] && HoldsProof(others, _keys[link]);
    }

    private bool HoldsProof(BitArray past, EventDigest key) => Enumerable.Range(0, _events.Length).Where(e => past[e] && _keys[e] == key)
        .GroupBy(e => _events[e].Sequence).Any(same => same.Select(e => _payloads[e]).Distinct().Count() > 1);

    private Dictionary<EventDigest, ulong> FindForks() => Enumerable.Range(0, _events.Length)
        .GroupBy(i => (_keys[i], _events[i].Sequence))
        .Where(same => same.Select(i => _payloads[i]).Distinct().Count() > 1)
        .GroupBy(static same => same.Key.Item1)
        .ToDictionary(static forks => forks.Key, static forks => forks.Min(static same => same.Key.Sequence));

    private bool IsInForkTail(int i) => Forks.TryGetValue(_keys[i], out ulong fork) && _events[i].Sequence >= fork;

    private HashSet<Cid> FindVisible()
    {
        bool[] inTail = [.. Enumerable.Range(0, _events.Length).Select(IsInForkTail)];
        foreach ((int grant, GrantBody body) in _grants.Where(g => Acts(g.Grant)))
        {
            foreach ((ReadOnlyMemory<byte> key, ulong last) in body.Removed.Where(r => !_roots.Contains(KeyOf(r.Key))))
            {
                _removed.Add(KeyOf(key));
                for (int i = 0; i < _events.Length; i++)
                {
                    inTail[i] |= _keys[i] == KeyOf(key) && _events[i].Sequence > last && !_past[i][grant] && !_past[grant][i] && !IsUnderUnseenAdd(i, grant);
                }
            }
        }

        BitArray visible = new(_events.Length);
        for (int i = 0; i < _events.Length; i++)
        {
            if (!inTail[i])
            {
                visible.Or(_past[i]);
            }
        }

        return [.. _events.Where((_, i) => visible[i]).Select(static e => e.Cid)];
    }

    private bool IsUnderUnseenAdd(int i, int grant) =>
        _grants.Exists(add => Adds(add.Body, _keys[i]) && _past[i][add.Grant] && !_past[grant][add.Grant]);

    private bool Acts(int grant) => Enumerable.Range(0, _events.Length).Any(i => _roots.Contains(_keys[i]) && !IsInForkTail(i) && _past[i][grant]);

    private static bool Adds(GrantBody body, EventDigest key) => body.Added.Any(added => KeyOf(added) == key);

    private static bool Removes(GrantBody body, EventDigest key) => body.Removed.Any(removed => KeyOf(removed.Key) == key);

    private void Break(int i, string why) => Broken ??= $"event {_events[i].Cid} ({_events[i].Type}): {why}";
}
