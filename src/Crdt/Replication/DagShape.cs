using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>What a picture of a DAG shows: events, what they link to, and what is not here. Equal sets give equal shapes.</summary>
internal sealed class DagShape
{
    private readonly List<DagVertex> _vertices = [];
    private readonly List<(int From, int To)> _edges = [];
    private readonly Dictionary<Cid, int> _numbers = [];
    private readonly List<EventDigest> _authors = [];

    private DagShape()
    {
    }

    /// <summary>Visible events in canonical order, then waiting ones, then missing links.</summary>
    public IReadOnlyList<DagVertex> Vertices => _vertices;

    /// <summary>From an event to what it links to.</summary>
    public IReadOnlyList<(int From, int To)> Edges => _edges;

    /// <summary>Author keys, in order of their first event.</summary>
    public IReadOnlyList<EventDigest> Authors => _authors;

    /// <summary>The shape of a replica.</summary>
    public static DagShape Of(ReplicaCore core)
    {
        DagShape shape = new();
        foreach (EventNode node in core.State.Clock.Canonical())
        {
            shape.Add(node.Cid, node.Height, node.Author.Key, node.VisibleChildren == 0 ? DagVertexKind.Head : DagVertexKind.Event);
        }

        List<Event> waiting = core.Pool.Waiting();
        foreach (Event held in waiting)
        {
            shape.Add(held.Cid, held.Height, EventGraph.KeyOf(held.Author.Span), DagVertexKind.Waiting);
        }

        foreach (Cid missing in core.Missing.Needed())
        {
            shape.Add(missing, 0, default, DagVertexKind.Missing);
        }

        foreach (EventNode node in core.State.Clock.Canonical())
        {
            shape.Link(node.Cid, node.Links.Select(static link => link.Cid));
        }

        foreach (Event held in waiting)
        {
            shape.Link(held.Cid, Enumerable.Range(0, EventGraph.LinkCount(held)).Select(i => EventGraph.LinkAt(held, i)).Distinct());
        }

        return shape;
    }

    private void Add(Cid cid, ulong height, EventDigest author, DagVertexKind kind)
    {
        int number = -1;
        if (kind != DagVertexKind.Missing)
        {
            number = _authors.IndexOf(author);
            if (number < 0)
            {
                number = _authors.Count;
                _authors.Add(author);
            }
        }

        _numbers[cid] = _vertices.Count;
        _vertices.Add(new DagVertex(cid, height, number, kind));
    }

    private void Link(Cid from, IEnumerable<Cid> links)
    {
        foreach (Cid link in links)
        {
            if (_numbers.TryGetValue(link, out int to))
            {
                _edges.Add((_numbers[from], to));
            }
        }
    }
}
