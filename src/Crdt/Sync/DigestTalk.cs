using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>Compares dormant documents by one hash, and descends only where it differs. The opener asks, the other answers.</summary>
/// <remarks>Spec: replica, section 12.3.</remarks>
internal sealed class DigestTalk(SyncContext context)
{
    private readonly Queue<DigestMessage> _waiting = [];
    private readonly Queue<byte[]> _unasked = [];
    private readonly HashSet<string> _asked = [];
    private readonly HashSet<Cid> _differing = [];
    private DigestTree? _tree;
    private bool _awaitsTree;
    private int _received;

    /// <summary>Nothing is open.</summary>
    public bool IsIdle => _asked.Count + _unasked.Count + _waiting.Count == 0 && !_awaitsTree;

    /// <summary>Documents found to differ.</summary>
    public IReadOnlyCollection<Cid> Differing => _differing;

    /// <summary>The opener begins.</summary>
    public void Start(DigestTree tree)
    {
        _tree = tree;
        Ask(new DigestMessage(0, default, [tree.Root]));
    }

    public void Received(DigestMessage message)
    {
        if (++_received > context.Options.DigestMessagesMax)
        {
            context.Fail(SyncRefusal.TooManyRounds);
        }
        else if (context.IsOpener)
        {
            Compare(message);
        }
        else if (_tree is not null)
        {
            Answer(message);
        }
        else if (_waiting.Count >= context.Options.DigestsInFlightMax)
        {
            context.Fail(SyncRefusal.TooManyRequests);
        }
        else
        {
            _waiting.Enqueue(message);
            if (!_awaitsTree)
            {
                _awaitsTree = true;
                context.Ask(new AskDormant());
            }
        }
    }

    public void Built(DigestTree tree)
    {
        _awaitsTree = false;
        _tree = tree;
        while (_waiting.TryDequeue(out DigestMessage? message))
        {
            Answer(message);
        }
    }

    private void Answer(DigestMessage message)
    {
        EventDigest root = _tree!.Root;
        context.Send(message.Level switch
        {
            0 when message.Hashes[0] == root => new DigestMessage(0, default, [root]),
            0 => new DigestMessage(1, default, _tree.Children([])),
            _ => new DigestMessage(message.Level, message.Prefix, _tree.Children(message.Prefix.Span)),
        });
    }

    private void Compare(DigestMessage theirs)
    {
        if (_tree is null || !_asked.Remove(Convert.ToHexString(theirs.Prefix.Span)))
        {
            context.Fail(SyncRefusal.Unexpected);
            return;
        }

        if (theirs.Level == 0)
        {
            // Equal, or a liar's: a root that differs is answered with its children.
            context.DormantEqual = theirs.Hashes[0] == _tree.Root ? _tree.Count : 0;
            return;
        }

        EventDigest[] mine = _tree.Children(theirs.Prefix.Span);
        for (byte digit = 0; digit < mine.Length; digit++)
        {
            if (mine[digit] != theirs.Hashes[digit])
            {
                Descend([.. theirs.Prefix.Span, digit]);
            }
        }

        AskMore();
    }

    private void Descend(byte[] prefix)
    {
        List<Cid> documents = _tree!.Documents(prefix, 2);
        if (documents.Count == 1 || prefix.Length >= SyncProtocol.DigestLevelMax)
        {
            if (_differing.Count < SyncProtocol.DocumentsMax)
            {
                _differing.UnionWith(documents);
            }
        }
        else if (documents.Count > 1)
        {
            _unasked.Enqueue(prefix);
        }
    }

    private void AskMore()
    {
        while (_asked.Count < context.Options.DigestsInFlightMax && _unasked.TryDequeue(out byte[]? prefix))
        {
            Ask(new DigestMessage(prefix.Length + 1, prefix, _tree!.Children(prefix)));
        }

        context.DormantEqual = IsIdle ? _tree!.Count - _differing.Count : 0;
    }

    private void Ask(DigestMessage question)
    {
        context.RoundTrips += _asked.Count == 0 ? 1 : 0;
        _asked.Add(Convert.ToHexString(question.Prefix.Span));
        context.Send(question);
    }
}
