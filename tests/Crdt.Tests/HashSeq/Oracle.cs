using System.Text;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>
/// The definition, executed without any cleverness: a set of operations with eager ids, walked depth first. Shares with the
/// product only the decoding of bodies and the hash of one id, which have byte-exact vectors of their own.
/// </summary>
internal sealed class Oracle
{
    private readonly Dictionary<ElementId, OracleElement> _elements = [];
    private readonly HashSet<ElementId> _removed = [];
    private readonly Dictionary<Cid, List<ElementId>> _events = [];
    private readonly Dictionary<Cid, Event> _blocks = [];
    private readonly ElementId _origin = IdHash.Origin(TestEvents.Document);

    public IEnumerable<Cid> Events => _events.Keys;

    public int AliasCount { get; private set; }

    public bool Has(Cid cid) => _events.ContainsKey(cid);

    public IReadOnlyDictionary<ElementId, OracleElement> Elements => _elements;

    public IReadOnlyList<ElementId> ElementsOf(Cid cid) => _events[cid];

    public void Apply(Event applied)
    {
        if (_events.ContainsKey(applied.Cid))
        {
            return;
        }

        SeqBody body = new();
        Assert.Equal(InvalidReason.None, body.Read(applied.Body.Span));
        List<Cid> dictionary = [default, .. applied.Previous.IsNone ? [] : new[] { applied.Previous }, .. applied.Dependencies, .. body.References];
        List<ElementId> own = [];
        _events.Add(applied.Cid, own);
        _blocks.Add(applied.Cid, applied);
        ElementId Resolve(BodyElement e) => e.Event == 0 ? own[(int)e.Offset] : _events[dictionary[(int)e.Event]][(int)e.Offset];
        foreach (BodyRun run in body.Runs)
        {
            string text = Encoding.UTF8.GetString(applied.Body.Span.Slice(run.TextStart, run.TextBytes));
            ElementId anchor = run.Kind == 0 ? _origin : Resolve(run.Anchor);
            HashSet<ElementId> extras = [];
            if (own.Count == 0 && body.IsUnique)
            {
                extras.Add(IdHash.Salt(applied.Author.Span, applied.Sequence));
            }

            if (run.ExtrasCount < 0 && own.Count > 0)
            {
                extras.Add(own[^1]);
            }

            for (int i = 0; i < run.ExtrasCount; i++)
            {
                extras.Add(Resolve(body.Extras[run.ExtrasStart + i]));
            }

            extras.Remove(anchor);
            OpKind kind = (OpKind)(run.Kind + 1);
            foreach (Rune rune in text.EnumerateRunes())
            {
                anchor = Insert(kind, anchor, extras.Order().ToArray(), rune.Value, own);
                kind = OpKind.InsertAfter;
                extras.Clear();
            }
        }

        foreach (BodyRange range in body.Removals)
        {
            for (uint i = 0; i < range.Count; i++)
            {
                _removed.Add(Resolve(range.First with { Offset = range.First.Offset + i }));
            }
        }
    }

    /// <summary>All elements in document order with their visibility.</summary>
    public List<(ElementId Id, bool Visible)> Walk()
    {
        ILookup<(ElementId, bool), OracleElement> slots = _elements.Values.ToLookup(e => (e.Anchor, e.Kind == OpKind.InsertBefore));
        List<(ElementId, bool)> order = [];
        void Visit(ElementId id, bool isOrigin)
        {
            foreach (OracleElement child in slots[(id, true)].OrderBy(e => e.Id))
            {
                Visit(child.Id, false);
            }

            if (!isOrigin)
            {
                order.Add((id, !_removed.Contains(id)));
            }

            foreach (OracleElement child in slots[(id, false)].OrderBy(e => e.Id))
            {
                Visit(child.Id, false);
            }
        }

        Visit(_origin, true);
        return order;
    }

    public string Text() => string.Concat(Walk().Where(e => e.Visible).Select(e => char.ConvertFromUtf32(_elements[e.Id].Scalar)));

    /// <summary>Elements no other element names.</summary>
    public HashSet<ElementId> Frontier()
    {
        HashSet<ElementId> frontier = [.. _elements.Keys];
        foreach (OracleElement element in _elements.Values)
        {
            frontier.Remove(element.Anchor);
            frontier.ExceptWith(element.Extras);
        }

        return frontier;
    }

    /// <summary>The same set without some events: what retraction must equal.</summary>
    public Oracle Without(IReadOnlySet<Cid> hidden)
    {
        Oracle rest = new();
        foreach (Cid cid in _events.Keys.Where(c => !hidden.Contains(c)))
        {
            rest.Apply(_blocks[cid]);
        }

        return rest;
    }

    private ElementId Insert(OpKind kind, ElementId anchor, ElementId[] extras, int scalar, List<ElementId> own)
    {
        ElementId id = IdHash.Element(kind, scalar, anchor, extras);
        if (!_elements.TryAdd(id, new OracleElement(id, kind, anchor, extras, scalar)))
        {
            AliasCount++;
        }

        own.Add(id);
        return id;
    }
}
