using System.Threading.Channels;

namespace P2P.Cli.Control;

/// <summary>
/// What a verb has written and its command has not taken yet. A verb that writes for long waits in <see cref="FlushAsync"/>; one that writes more
/// than <see cref="PendingBytesMax"/> at once is cut off. Any thread posts, one loop sends.
/// </summary>
internal sealed class ControlOutbox
{
    /// <summary>Most bytes waiting: a whole document of the largest size fits.</summary>
    public const long PendingBytesMax = 256L << 20;

    private const int FramesMax = 1 << 16;

    private readonly Channel<(byte[]? Content, TaskCompletionSource? Sent)> _queue =
        Channel.CreateBounded<(byte[]?, TaskCompletionSource?)>(new BoundedChannelOptions(FramesMax) { SingleReader = true });

    private long _pendingBytes;

    /// <summary>Queues a message.</summary>
    /// <exception cref="IOException">The other side does not read, or has gone.</exception>
    public void Post(ControlMessage message)
    {
        byte[] content = message.Encode();
        if (Interlocked.Add(ref _pendingBytes, content.Length) > PendingBytesMax || !_queue.Writer.TryWrite((content, null)))
        {
            throw new IOException("The command that asked no longer reads.");
        }
    }

    /// <summary>Waits until everything posted before has been sent.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!_queue.Writer.TryWrite((null, sent)))
        {
            if (!await _queue.Writer.WaitToWriteAsync(cancellationToken))
            {
                throw new IOException("The command that asked has gone.");
            }
        }

        await sent.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Nothing more will be posted.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Sends until <see cref="Complete"/>, or until the other side has gone.</summary>
    public async Task SendAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_queue.Reader.TryRead(out (byte[]? Content, TaskCompletionSource? Sent) item))
                {
                    if (item.Content is byte[] content)
                    {
                        await ControlFrame.WriteAsync(stream, content, cancellationToken);
                        Interlocked.Add(ref _pendingBytes, -content.Length);
                    }

                    item.Sent?.TrySetResult();
                }
            }
        }
        finally
        {
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out (byte[]? Content, TaskCompletionSource? Sent) item))
            {
                item.Sent?.TrySetException(new IOException("The command that asked has gone."));
            }
        }
    }
}
