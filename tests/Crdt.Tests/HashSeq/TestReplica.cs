using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>A writer with a sequence and the log around it: heads, own chain, admission.</summary>
internal sealed class TestReplica(int author) : IPastView
{
    private readonly Dictionary<Cid, LinkedEvent> _linked = [];
    private readonly SeqRules _rules = new();
    private readonly HashSet<Cid> _heads = [];
    private ulong _height;
    private Cid _previous;
    private ulong _sequence;

    public byte[] Author { get; } = TestEvents.Author(author);

    public Sequence Sequence { get; } = new(TestEvents.Document);

    /// <summary>Applied events in the order of application: causal.</summary>
    public List<Event> Log { get; } = [];

    public bool Has(Cid cid) => _linked.ContainsKey(cid);

    public ulong NextSequence => _sequence + 1;

    public AppendContext Context() => new(
        TestEvents.Document, Author, _sequence + 1, _previous, [.. _heads.Where(h => h != _previous).Order()], _height + 1);

    /// <summary>Cuts one event; null when nothing is pending.</summary>
    public Event? Cut()
    {
        AppendContext context = Context();
        byte[]? body = Sequence.TakeBody(context);
        if (body is null)
        {
            return null;
        }

        Event made = TestEvents.Make(context, body);
        TypeVerdict verdict = _rules.Check(made, this);
        Assert.True(verdict.IsValid, verdict.Reason.ToString());
        Sequence.Commit(made);
        Record(made, verdict.Measure);
        _previous = made.Cid;
        _sequence++;
        return made;
    }

    public void CutAll()
    {
        while (Cut() is not null)
        {
        }
    }

    /// <summary>Receives an event whose links are here; one known already is a duplicate.</summary>
    public IReadOnlyList<Splice> Receive(Event received)
    {
        if (_linked.ContainsKey(received.Cid))
        {
            return Sequence.Apply(received);
        }

        TypeVerdict verdict = _rules.Check(received, this);
        Assert.True(verdict.IsValid, verdict.Reason.ToString());
        IReadOnlyList<Splice> splices = Sequence.Apply(received);
        Record(received, verdict.Measure);
        return splices;
    }

    public TypeVerdict Judge(Event candidate) => _rules.Check(candidate, this);

    public bool TryGetLink(Cid cid, out LinkedEvent linked) => _linked.TryGetValue(cid, out linked);

    public bool TryGetAncestor(Cid cid, out LinkedEvent ancestor) => _linked.TryGetValue(cid, out ancestor);

    public bool AreAntichain(IReadOnlyList<Cid> ancestors) => throw new NotSupportedException();

    private void Record(Event made, uint measure)
    {
        _linked.Add(made.Cid, new LinkedEvent(made.Type, made.Height, measure));
        Log.Add(made);
        _heads.Remove(made.Previous);
        _heads.ExceptWith(made.Dependencies);
        SeqBody body = new();
        if (body.Read(made.Body.Span) == InvalidReason.None)
        {
            _heads.ExceptWith(body.References);
        }

        _heads.Add(made.Cid);
        _height = Math.Max(_height, made.Height);
    }
}
