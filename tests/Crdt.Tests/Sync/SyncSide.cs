using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>A replica of one or more documents and one side of a sync session over it, without a clock or a task.</summary>
internal sealed class SyncSide
{
    private readonly Dictionary<Cid, CoreBench> _documents = [];
    private readonly Dictionary<Cid, Event> _events = [];
    private readonly List<SessionEffect> _effects = [];
    private readonly PeerId _peer;

    public SyncSide(int number, params Genesis[] documents)
    {
        _peer = AdversarialTests.Peer(number);
        foreach (Genesis genesis in documents.Length == 0 ? [Author.Genesis] : documents)
        {
            _documents.Add(genesis.Cid, new CoreBench(options => options with { Genesis = genesis }, (ulong)number));
        }
    }

    public SyncOptions Options { get; init; } = new();

    public TimeSpan Now { get; set; }

    public SyncSession Session { get; private set; } = null!;

    public CoreBench Replica => _documents.Values.First();

    public IReadOnlyDictionary<Cid, CoreBench> Documents => _documents;

    /// <summary>Dormant documents shared with the other side.</summary>
    public List<(Cid Document, EventDigest Frontier)> Dormant { get; } = [];

    /// <summary>Messages that wait to be sent.</summary>
    public Queue<SyncMessage> Outbox { get; } = [];

    /// <summary>Nothing more comes from this side.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>Views of a document made for the other side.</summary>
    public int Views { get; private set; }

    /// <summary>Bytes of all messages that left, with their length prefixes.</summary>
    public long BytesSent { get; set; }

    /// <summary>While true, nothing that was sent is reported as having left: a peer that does not read.</summary>
    public bool IsStuck { get; set; }

    /// <summary>While true, inserted frames are not answered: a slow disk.</summary>
    public bool IsSlow { get; set; }

    /// <summary>While true, heads are said and no authors, right or wrong.</summary>
    public bool IsBrief { get; set; }

    /// <summary>Said beside them.</summary>
    public ReadOnlyMemory<byte> Hint { get; set; }

    /// <summary>Frames that wait for the slow disk.</summary>
    public Queue<InsertBlocks> Inserting { get; } = [];

    public List<Event> Give(IEnumerable<Event> events)
    {
        List<Event> given = [.. events];
        foreach (Event one in given)
        {
            _events[one.Cid] = one;
        }

        foreach (IGrouping<Cid, Event> group in given.GroupBy(static e => e.Document))
        {
            _documents[group.Key].GivePack(group);
        }

        return given;
    }

    public void Open(bool isOpener, byte nonce, IReadOnlyList<Cid>? documents = null, bool comparesDormant = false)
    {
        byte[] bytes = new byte[SyncProtocol.NonceBytes];
        bytes.AsSpan().Fill(nonce);
        HasClosed = false;
        Outbox.Clear();
        BytesSent = 0;
        Session = new SyncSession(Options, isOpener, bytes, Now);
        if (isOpener)
        {
            Step(new SyncStarted(documents ?? (comparesDormant ? [] : [.. _documents.Keys]), comparesDormant ? new DigestTree(Dormant) : null));
        }
    }

    public void Step(SessionInput input)
    {
        Session.Step(input, Now, _effects);
        while (_effects.Count > 0)
        {
            SessionEffect effect = _effects[0];
            _effects.RemoveAt(0);
            Perform(effect);
        }
    }

    public SyncInserted Insert(InsertBlocks insert)
    {
        CoreBench bench = _documents[insert.Document];
        int before = bench.Verdicts.Count;
        bench.Step(BlocksInput.Frame(insert.Blocks, _peer, null));
        foreach (SyncBlock block in insert.Blocks)
        {
            if (block.Decoded is Event decoded)
            {
                _events[decoded.Cid] = decoded;
            }
        }

        return new SyncInserted(insert, bench.Verdicts.GetRange(before, insert.Blocks.Count));
    }

    private void Perform(SessionEffect effect)
    {
        switch (effect)
        {
            case SendMessage send:
                Outbox.Enqueue(send.Message);
                if (!IsStuck)
                {
                    Step(new SyncSent());
                }

                break;
            case CloseWriting:
                HasClosed = true;
                break;
            case EndSession:
                HasClosed = true;
                break;
            case InsertBlocks insert when IsSlow:
                Inserting.Enqueue(insert);
                break;
            default:
                Step(Answer(effect));
                break;
        }
    }

    private SessionInput Answer(SessionEffect effect) => effect switch
    {
        AskSummaries ask => new SyncSummarised(
            [.. ask.Documents.Where(_documents.ContainsKey).Select(d => new SyncIndex(_documents[d].Core).Summarise(IsBrief ? 0 : ask.AuthorsMax) with { Hint = Hint })]),
        AskPlan ask => new SyncPlanned(ask.Theirs.Document, new SyncIndex(_documents[ask.Theirs.Document].Core).Plan(ask.Theirs)),
        AskBlocks ask => new SyncLoaded(Load(ask)),
        AskHeads ask => new SyncChecked(ask.Document, new SyncIndex(_documents[ask.Document].Core).HasAll(ask.Heads)),
        AskView ask => View(ask),
        AskDormant => new SyncDormant(new DigestTree(Dormant)),
        InsertBlocks insert => Insert(insert),
        _ => throw new InvalidOperationException($"Unknown question {effect.GetType().Name}."),
    };

    private SyncViewed View(AskView ask)
    {
        Views++;
        return new SyncViewed(ask.Document, new SyncIndex(_documents[ask.Document].Core).View());
    }

    private List<Event?> Load(AskBlocks ask)
    {
        List<Event?> events = [];
        int bytes = 0;
        foreach (Cid cid in ask.IsChosenByPeer ? new SyncIndex(_documents[ask.Document].Core).Held(ask.Cids) : ask.Cids)
        {
            Event? found = cid.IsNone ? null : _events.GetValueOrDefault(cid);
            bytes += found?.Bytes.Length ?? 0;
            if (bytes > ask.BytesMax && events.Count > 0)
            {
                break;
            }

            events.Add(found);
        }

        return events;
    }
}
