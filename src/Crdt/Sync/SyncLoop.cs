using System.Threading.Channels;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Crdt.Sync;

/// <summary>
/// Runs one <see cref="SyncSession"/> over one stream: a reader that takes a frame only when the session wants one, a writer that
/// reports what has left, and errands to the replicas. The loop itself waits for none of them.
/// </summary>
internal sealed class SyncLoop
{
    private const int OutboxCapacity = 1_024;
    private static readonly TimeSpan s_partingLimit = TimeSpan.FromSeconds(1);

    private readonly ISyncChannel _channel;
    private readonly SyncDesk _desk;
    private readonly SyncSession _session;
    private readonly ISpawner _spawner;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly TimeSpan _idleLimit;
    private readonly Channel<SessionInput> _inbox;

    private readonly Channel<SyncMessage?> _outbox =
        Channel.CreateBounded<SyncMessage?>(new BoundedChannelOptions(OutboxCapacity) { SingleReader = true });

    private readonly Channel<bool> _permits = Channel.CreateBounded<bool>(1);
    private readonly HashSet<Task> _errands = [];
    private readonly WorkMeter? _reading;
    private volatile bool _isDisplaced;
    private long _bytesSent;

    public SyncLoop(ISyncChannel channel, SyncDesk desk, SyncSession session, SyncOptions options, TimeProvider time, ISpawner spawner)
    {
        _channel = channel;
        _desk = desk;
        _session = session;
        _time = time;
        _startedAt = time.GetTimestamp();
        _idleLimit = options.IdleTimeout;
        _reading = options.Reading;
        _inbox = Channel.CreateBounded<SessionInput>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        _spawner = spawner;
    }

    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>Ends the session by name: its place is needed. Any thread.</summary>
    public void Displace()
    {
        _isDisplaced = true;
        _inbox.Writer.TryWrite(new SyncTicked()); // a full inbox is awake already
    }

    /// <summary>Runs to the end of the session.</summary>
    /// <param name="start">What the opener begins with; null for the other side.</param>
    /// <param name="cancellationToken">Cuts the session.</param>
    public async Task<SyncReport> RunAsync(SyncStarted? start, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using ITimer timer = _time.CreateTimer(static s => ((SyncLoop)s!)._inbox.Writer.TryWrite(new SyncTicked()), this, _idleLimit / 8, _idleLimit / 8);
        Task reading = _spawner.StartAsync(() => ReadAllAsync(stop.Token));
        Task writing = _spawner.StartAsync(() => WriteAllAsync(stop.Token));
        if (start is not null)
        {
            Step(start, stop.Token);
        }

        await StepAllAsync(stop.Token);
        _outbox.Writer.TryComplete();
        using (CancellationTokenSource parting = new(_session.Report.Refusal == SyncRefusal.None ? _idleLimit : s_partingLimit, _time))
        using (parting.Token.Register(stop.Cancel))
        {
            await writing; // a peer that does not read is not waited for
        }

        stop.Cancel();
        await reading;
        await Task.WhenAll(_errands);
        return _session.Report with { BytesSent = _bytesSent };
    }

    private async Task StepAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!_session.HasEnded)
            {
                Permit();
                Step(await _inbox.Reader.ReadAsync(cancellationToken), cancellationToken);
                while (!_session.HasEnded && !_isDisplaced && _inbox.Reader.TryRead(out SessionInput? input))
                {
                    Step(input, cancellationToken);
                }

                if (_isDisplaced)
                {
                    Step(new SyncEnded(SyncRefusal.Displaced), cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _session.Step(new SyncEnded(SyncRefusal.Cut), Now, []);
        }

        _inbox.Writer.TryComplete();
    }

    private void Permit()
    {
        if (_session.WantsMore)
        {
            _permits.Writer.TryWrite(true);
        }
    }

    private void Step(SessionInput input, CancellationToken cancellationToken)
    {
        List<SessionEffect> effects = [];
        _session.Step(input, Now, effects);
        foreach (SessionEffect effect in effects)
        {
            switch (effect)
            {
                case SendMessage send:
                    Post(send.Message);
                    break;
                case CloseWriting:
                    Post(null);
                    break;
                case EndSession:
                    return;
                default:
                    Start(effect, cancellationToken);
                    break;
            }
        }
    }

    // The session bounds what is unsent; a full outbox means that a peer found a way around, and ends it.
    private void Post(SyncMessage? message)
    {
        if (!_outbox.Writer.TryWrite(message))
        {
            _session.Step(new SyncEnded(SyncRefusal.TooManyRequests), Now, []);
        }
    }

    private void Start(SessionEffect question, CancellationToken cancellationToken)
    {
        // The question is put here and now: blocks reach the replica in the order of the stream.
        Task<SessionInput> answer = _desk.AnswerAsync(question, cancellationToken);
        _errands.RemoveWhere(static task => task.IsCompletedSuccessfully);
        _errands.Add(_spawner.StartAsync(() => DeliverAsync(answer)));
    }

    private async Task DeliverAsync(Task<SessionInput> answer)
    {
        SessionInput input;
        try
        {
            input = await answer;
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            input = new SyncFailed(); // a document was closed or a store failed: the session ends, the node goes on
        }

        await TryPostAsync(input);
    }

    private async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        SyncFrameReader frames = new(_channel);
        SyncRefusal refusal = SyncRefusal.None;
        try
        {
            while (refusal == SyncRefusal.None)
            {
                await _permits.Reader.ReadAsync(cancellationToken);
                (ReadOnlyMemory<byte> frame, refusal, int bytes) = await frames.ReadAsync(cancellationToken);
                if (refusal == SyncRefusal.None && frame.IsEmpty)
                {
                    break;
                }

                SyncMessage? message = null;
                WorkMark? mark = _reading?.Begin();
                refusal = refusal == SyncRefusal.None ? SyncCodec.TryRead(frame, out message) : refusal;
                _reading?.End(mark);
                if (message is not null)
                {
                    await TryPostAsync(new SyncReceived(message, bytes));
                }
            }
        }
        catch (Exception cut) when (cut is not OutOfMemoryException)
        {
            refusal = SyncRefusal.Cut;
        }

        await TryPostAsync(new SyncEnded(refusal));
    }

    private async Task WriteAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (SyncMessage? message in _outbox.Reader.EachAsync(cancellationToken))
            {
                if (message is null)
                {
                    await _channel.CloseWriteAsync(cancellationToken);
                    continue;
                }

                byte[] frame = Frame(message);
                await _channel.WriteAsync(frame, cancellationToken);
                _bytesSent += frame.Length;
                await TryPostAsync(new SyncSent());
            }
        }
        catch (Exception cut) when (cut is not OutOfMemoryException)
        {
            await TryPostAsync(new SyncEnded(SyncRefusal.Cut));
        }
    }

    private static byte[] Frame(SyncMessage message)
    {
        byte[] body = SyncCodec.Write(message);
        byte[] frame = new byte[VarInt.SizeOf((ulong)body.Length) + body.Length];
        int prefix = VarInt.Write(frame, (ulong)body.Length);
        body.CopyTo(frame, prefix);
        return frame;
    }

    private async ValueTask TryPostAsync(SessionInput input)
    {
        while (!_inbox.Writer.TryWrite(input) && await _inbox.Writer.WaitToWriteAsync())
        {
            // full: wait for the loop; completed: the session is over
        }
    }
}
