using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Presence;
using P2P.Crdt.Replication;
using P2P.PubSub;

namespace P2P.Node.Documents;

/// <summary>
/// Owns the <see cref="PresenceCore"/> of one document. Joins the topic when somebody first asks for presence: a document nobody looks at that way has
/// neither topic nor timer.
/// </summary>
internal sealed class PresenceLoop : IAsyncDisposable
{
    private readonly PresencePorts _ports;
    private readonly PresenceCore _core;
    private readonly TimeProvider _time;
    private readonly ISpawner _spawner;
    private readonly long _startedAt;
    private readonly Channel<PresenceItem> _inbox;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private readonly Task _running;
    private volatile TaskCompletionSource _changed = NewSource();
    private volatile IReadOnlyList<PresencePeer> _others = [];
    private GossipTopic? _topic;
    private Task _following = Task.CompletedTask;
    private Task _placing = Task.CompletedTask;
    private Task _publishing = Task.CompletedTask;
    private long _dropped;
    private readonly PresenceCalls _calls = new();
    private int _disposed;

    public PresenceLoop(PresencePorts ports, PresenceOptions options, TimeProvider time, ISpawner spawner)
    {
        _ports = ports;
        _time = time;
        _spawner = spawner;
        _startedAt = time.GetTimestamp();
        _stopping = _stop.Token;
        // The clock, so that a node that comes back within the life of its last message is heard.
        _core = new PresenceCore(options, ports.Self, (ulong)Math.Max(0, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks));
        _inbox = Channel.CreateBounded<PresenceItem>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        _timer = time.CreateTimer(static state => ((PresenceLoop)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _running = spawner.StartAsync(RunAsync);
    }

    /// <summary>The others, by peer id.</summary>
    public IReadOnlyList<PresencePeer> Others => _others;

    /// <summary>Completes at the next change of <see cref="Others"/> after it was read, and when the loop ends.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Whether the loop has ended.</summary>
    public bool IsClosed => _running.IsCompleted;

    /// <summary>How often a message was refused for a reason; exact between two messages.</summary>
    public long Refused(PresenceRefusal refusal) => refusal == PresenceRefusal.InboxFull ? Interlocked.Read(ref _dropped) : _core.Refused(refusal);

    /// <summary>Messages looked at.</summary>
    internal long Judged => Enum.GetValues<PresenceRefusal>().Sum(_core.Refused);

    /// <summary>Joins the topic.</summary>
    public Task JoinAsync(CancellationToken cancellationToken) => PostAsync(PresenceInput.Tick, cancellationToken);

    /// <summary>A place among all calls: what is posted under it after a newer one that undoes it is left out.</summary>
    public long NextCall() => _calls.Next();

    /// <summary>Hands an input over; ends when it was taken.</summary>
    /// <exception cref="P2PException">The document or the node is closed.</exception>
    public Task PostAsync(PresenceInput input, CancellationToken cancellationToken) => PostAsync(input, number: 0, cancellationToken);

    /// <summary>As above, for a call that was given a number when it was made.</summary>
    public async Task PostAsync(PresenceInput input, long number, CancellationToken cancellationToken)
    {
        TaskCompletionSource taken = NewSource();
        if (!await TryPostAsync(new PresenceItem(input, taken, Number: number), cancellationToken))
        {
            throw new P2PException(NodeError.Stopped, "The document is closed.");
        }

        await taken.Task.OrCanceledAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _timer.DisposeAsync();
        _inbox.Writer.TryComplete();
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<bool> TryPostAsync(PresenceItem item, CancellationToken cancellationToken)
    {
        while (!_inbox.Writer.TryWrite(item))
        {
            if (!await _inbox.Writer.WaitToWriteAsync(cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private void OnTimer() => _inbox.Writer.TryWrite(new PresenceItem(PresenceInput.Tick)); // full: what is in it does as well

    private async Task RunAsync()
    {
        List<PresenceEffect> effects = [];
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(CancellationToken.None))
            {
                while (_inbox.Reader.TryRead(out PresenceItem item))
                {
                    await TakeAsync(item, effects);
                }

                Arm();
            }
        }
        finally
        {
            await EndAsync();
        }
    }

    private async Task TakeAsync(PresenceItem item, List<PresenceEffect> effects)
    {
        if (!await TryJoinAsync())
        {
            Refuse(item);
            return;
        }

        if (_calls.Take(item.Input, item.Number) is not PresenceInput input)
        {
            item.Taken?.TrySetResult();
            return;
        }

        effects.Clear();
        _core.Step(input, _time.GetElapsedTime(_startedAt), effects);
        foreach (PresenceEffect effect in effects)
        {
            Perform(effect, item);
        }

        item.Taken?.TrySetResult();
    }

    private void Perform(in PresenceEffect effect, PresenceItem item)
    {
        switch (effect.Kind)
        {
            case PresenceEffectKind.Place:
                PresenceCaret caret = effect.Caret!;
                _placing = _spawner.StartAsync(() => PlaceAsync(caret)); // the core asks for one at a time
                break;
            case PresenceEffectKind.Publish when _publishing.IsCompleted:
                ReadOnlyMemory<byte> payload = effect.Payload;
                _publishing = _spawner.StartAsync(() => PublishAsync(payload));
                break;
            case PresenceEffectKind.Publish:
                break; // a peer takes nothing right now, and what waits for it is older than what comes next
            case PresenceEffectKind.Judge:
                item.Verdict?.TrySetResult(effect.Advice switch
                {
                    GossipAdvice.Accept => ValidationVerdict.Accept,
                    GossipAdvice.Reject => ValidationVerdict.Reject,
                    _ => ValidationVerdict.Ignore,
                });
                break;
            default:
                _others = _core.Others;
                Signal();
                break;
        }
    }

    private void Signal()
    {
        TaskCompletionSource before = _changed;
        _changed = NewSource();
        before.TrySetResult();
    }

    private void Arm()
    {
        if (_core.Due is TimeSpan due && !_stopping.IsCancellationRequested)
        {
            TimeSpan left = due - _time.GetElapsedTime(_startedAt);
            _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task<bool> TryJoinAsync()
    {
        if (_topic is not null || _stopping.IsCancellationRequested)
        {
            return _topic is not null;
        }

        try
        {
            TopicOptions options = TopicOptions.Signed with { Validator = ValidateAsync, QueueCapacity = 1 }; // the validator has seen everything
            _topic = await _ports.Gossip.SubscribeAsync(PresenceCodec.TopicOf(_ports.Document), options, _stopping);
        }
        catch (Exception stopped) when (stopped is ObjectDisposedException or OperationCanceledException)
        {
            return false; // the node or the document is closing
        }

        _following = _spawner.StartAsync(() => FollowAsync(_topic));
        return true;
    }

    /// <summary>Whoever begins to listen has not heard where we are.</summary>
    private async Task FollowAsync(GossipTopic topic)
    {
        try
        {
            await foreach (TopicPeerChange change in topic.PeerChangesAsync(_stopping))
            {
                if (change.Joined && !await TryPostAsync(new PresenceItem(new PresenceInput(PresenceInputKind.Joined)), _stopping))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return; // closed
        }
    }

    private async ValueTask<ValidationVerdict> ValidateAsync(PeerId source, GossipMessage message, CancellationToken cancellationToken)
    {
        PresenceInput input = new(PresenceInputKind.Received) { Source = source, Author = message.From, Data = message.Data };
        TaskCompletionSource<ValidationVerdict> verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_inbox.Writer.TryWrite(new PresenceItem(input, Verdict: verdict)))
        {
            Interlocked.Increment(ref _dropped);
            return ValidationVerdict.Ignore;
        }

        return await verdict.Task.OrCanceledAsync(cancellationToken);
    }

    private async Task PlaceAsync(PresenceCaret caret)
    {
        PresenceInput placed = new(PresenceInputKind.Placed);
        try
        {
            if (await _ports.Place(caret) is var (cursor, anchor))
            {
                placed = placed with { Cursor = cursor, Anchor = anchor };
            }

            await TryPostAsync(new PresenceItem(placed), _stopping);
        }
        catch (Exception closed) when (closed is P2PException or OperationCanceledException)
        {
            return; // the document is closed: nobody is here any more
        }
    }

    private async Task PublishAsync(ReadOnlyMemory<byte> payload)
    {
        try
        {
            await _topic!.PublishAsync(payload, _stopping);
        }
        catch (Exception stopped) when (stopped is ObjectDisposedException or OperationCanceledException)
        {
            return; // the network went first
        }
    }

    private static void Refuse(PresenceItem item)
    {
        item.Taken?.TrySetException(new P2PException(NodeError.Stopped, "The document is closed."));
        item.Verdict?.TrySetResult(ValidationVerdict.Ignore);
    }

    private async Task EndAsync()
    {
        _inbox.Writer.TryComplete();
        _stop.Cancel();
        while (_inbox.Reader.TryRead(out PresenceItem item))
        {
            Refuse(item);
        }

        await Task.WhenAll(_following, _placing, _publishing);
        if (_topic is not null)
        {
            await _topic.DisposeAsync();
        }

        Signal();
    }
}
