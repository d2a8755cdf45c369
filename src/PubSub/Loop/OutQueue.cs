using System.Threading.Channels;

namespace P2P.PubSub.Loop;

/// <summary>
/// Frames for one peer: at most <see cref="PubSubOptions.OutQueueMax"/> messages, each below <see cref="PubSubOptions.RpcSentBytesMax"/>,
/// and as many control frames, which go first. Any thread adds, one reader takes.
/// </summary>
internal sealed class OutQueue(PubSubOptions options, TimeProvider time)
{
    private readonly Channel<ReadOnlyMemory<byte>> _messages = Create(options.OutQueueMax);
    private readonly Channel<ReadOnlyMemory<byte>> _control = Create(options.OutQueueMax);
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Holds one item while a publisher waits for room: the others queue behind it in order, instead of all waking for each free place.
    private readonly Channel<bool> _turn = Channel.CreateBounded<bool>(1);

    private int _waiting;
    private bool _lagging;

    /// <summary>Adds a frame if its kind has room.</summary>
    public bool TryAdd(ReadOnlyMemory<byte> frame, OutKind kind)
    {
        bool added = kind switch
        {
            OutKind.Control => _control.Writer.TryWrite(frame),
            OutKind.Gossip => _messages.Reader.Count < (options.OutQueueMax + 1) / 2 && _messages.Writer.TryWrite(frame),
            _ => _messages.Writer.TryWrite(frame),
        };
        if (added)
        {
            Wake();
        }

        return added;
    }

    /// <summary>Adds an own message if there is room and nobody waits for it.</summary>
    public bool TryAddOwn(ReadOnlyMemory<byte> frame) => Volatile.Read(ref _waiting) == 0 && TryAdd(frame, OutKind.Own);

    /// <summary>
    /// Adds an own message, waiting for room: an unpaced publisher is slowed, not robbed. A peer that makes us wait too long is skipped
    /// until its queue is half empty, or one slow reader could slow every publisher to its pace.
    /// </summary>
    /// <returns>False when the peer is skipped or gone.</returns>
    public async ValueTask<bool> AddOwnAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (TryAddOwn(frame))
        {
            return true;
        }

        Interlocked.Increment(ref _waiting);
        try
        {
            await _turn.Writer.WriteAsync(true, cancellationToken);
            try
            {
                return await AddInTurnAsync(frame, cancellationToken);
            }
            finally
            {
                _turn.Reader.TryRead(out _);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>The next frame, control first.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> frame)
    {
        bool found = _control.Reader.TryRead(out frame) || _messages.Reader.TryRead(out frame);
        if (_lagging && _messages.Reader.Count <= options.OutQueueMax / 2)
        {
            Volatile.Write(ref _lagging, false);
        }

        return found;
    }

    /// <summary>Waits until a frame may be there, or <see cref="Wake"/>.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) => await _wake.Reader.ReadAsync(cancellationToken);

    /// <summary>Ends a wait.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Nothing more is taken; waiting publishers go on.</summary>
    public void Close()
    {
        _messages.Writer.TryComplete();
        _control.Writer.TryComplete();
    }

    private static Channel<ReadOnlyMemory<byte>> Create(int capacity) =>
        Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(capacity) { SingleReader = true });

    /// <summary>The patience is for one free place, not for the whole line before us.</summary>
    private async ValueTask<bool> AddInTurnAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (TryAdd(frame, OutKind.Own))
        {
            return true;
        }

        if (Volatile.Read(ref _lagging))
        {
            return false;
        }

        using CancellationTokenSource patience = new(options.PublishWaitMax, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            while (await _messages.Writer.WaitToWriteAsync(either.Token))
            {
                if (TryAdd(frame, OutKind.Own))
                {
                    return true;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref _lagging, true);
        }

        return false;
    }
}
