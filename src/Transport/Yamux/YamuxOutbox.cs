namespace P2P.Transport.Yamux;

/// <summary>
/// What waits to be sent, in order of importance: control frames, window updates, data. Data goes round robin, one frame per stream and turn,
/// so that no stream delays another. Pure.
/// </summary>
internal sealed class YamuxOutbox(YamuxOptions options)
{
    private readonly Queue<YamuxFrame> _control = [];
    private readonly Queue<YamuxStreamState> _updates = [];
    private readonly Queue<YamuxStreamState> _ready = [];
    private int _answers;

    /// <summary>
    /// Whether more waits than all answers and, of every stream there may be, its reset, its update and its data. The rest are leftovers of streams
    /// opened and ended again and again by a remote that does not read what we say to them: without a bound it decides how many.
    /// </summary>
    public bool IsOverfull => _control.Count + _updates.Count + _ready.Count
        > options.ControlBacklog + (3 * (options.InboundStreamsMax + options.OutboundStreamsMax));

    public bool IsEmpty => _control.Count == 0 && _updates.Count == 0 && _ready.Count == 0;

    /// <summary>Queues a frame of our own.</summary>
    /// <param name="frame">Reset, GoAway or ping.</param>
    public void Post(in YamuxFrame frame) => _control.Enqueue(frame);

    /// <summary>Queues an answer that the remote provoked; bounded.</summary>
    /// <param name="frame">Pong or reset.</param>
    public bool TryAnswer(in YamuxFrame frame)
    {
        if (_answers == options.ControlBacklog)
        {
            return false;
        }

        _answers++;
        _control.Enqueue(frame);
        return true;
    }

    /// <summary>Queues a window update (perhaps of 0, to carry SYN or ACK); at most once per stream.</summary>
    /// <param name="stream">Whose.</param>
    public void Update(YamuxStreamState stream)
    {
        if (!stream.InUpdateQueue)
        {
            stream.InUpdateQueue = true;
            _updates.Enqueue(stream);
        }
    }

    /// <summary>Queues a stream that has bytes and credit, or only its end to send.</summary>
    /// <param name="stream">Which.</param>
    public void Ready(YamuxStreamState stream)
    {
        bool sendable = stream.PendingBytes > 0 ? stream.SendCredit > 0 : stream.FinPending;
        if (sendable && !stream.InReadyQueue)
        {
            stream.InReadyQueue = true;
            _ready.Enqueue(stream);
        }
    }

    /// <summary>Takes the next frame.</summary>
    /// <param name="bodyBytesMax">Room behind the header, at least 1.</param>
    /// <param name="frame">The header.</param>
    /// <param name="source">The stream whose next bytes are the body; null when there is none.</param>
    public bool TryTake(int bodyBytesMax, out YamuxFrame frame, out YamuxStreamState? source)
    {
        source = null;
        if (_control.TryDequeue(out frame))
        {
            _answers = _control.Count == 0 ? 0 : _answers;
            return true;
        }

        while (_updates.TryDequeue(out YamuxStreamState? stream))
        {
            stream.InUpdateQueue = false;
            if (!stream.Gone)
            {
                frame = new YamuxFrame(YamuxFrameType.WindowUpdate, TakeOpening(stream), stream.Id, (uint)stream.CreditToSend);
                stream.CreditToSend = 0;
                return true;
            }
        }

        while (_ready.TryDequeue(out source))
        {
            source.InReadyQueue = false;
            if (!source.Gone && TryTakeData(source, bodyBytesMax, out frame))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryTakeData(YamuxStreamState stream, int bodyBytesMax, out YamuxFrame frame)
    {
        int count = (int)Math.Min(Math.Min(stream.PendingBytes, stream.SendCredit), Math.Min(bodyBytesMax, YamuxSession.DataBytesMax));
        stream.PendingBytes -= count;
        stream.SendCredit -= count;
        bool end = stream.FinPending && stream.PendingBytes == 0;
        frame = default;
        if (count == 0 && !end)
        {
            return false; // its write was cancelled meanwhile
        }

        YamuxFlags flags = TakeOpening(stream);
        if (end)
        {
            flags |= YamuxFlags.Fin;
            stream.FinPending = false;
            stream.FinSent = true;
        }

        frame = new YamuxFrame(YamuxFrameType.Data, flags, stream.Id, (uint)count);
        Ready(stream); // to the end of the queue
        return true;
    }

    private static YamuxFlags TakeOpening(YamuxStreamState stream)
    {
        YamuxFlags flags = stream.SynPending ? YamuxFlags.Syn : stream.AckPending ? YamuxFlags.Ack : YamuxFlags.None;
        stream.SynPending = false;
        stream.AckPending = false;
        return flags;
    }
}
