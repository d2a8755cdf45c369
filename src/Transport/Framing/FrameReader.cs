using System.Buffers;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Framing;

/// <summary>
/// Cuts a stream into frames of <c>uvarint length ‖ bytes</c>. The length is compared before anything is allocated, and the buffer grows with
/// what has arrived, never with what a length claims. One reader; dispose it to give its memory back.
/// </summary>
/// <param name="stream">Read, not owned.</param>
/// <param name="limits">How much may be held.</param>
/// <param name="begun">Called when the first bytes of a frame have arrived: the moment from which its sender has a deadline.</param>
/// <param name="arrived">Called whenever bytes have arrived: a long frame of a slow sender is on its way for many seconds.</param>
public sealed class FrameReader(PeerStream stream, FrameLimits limits, Action? begun = null, Action? arrived = null) : IDisposable
{
    private const int FirstBytes = 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private long _reserved;
    private CancellationTokenSource? _deadline;

    /// <summary>Whether no part of a further frame has arrived.</summary>
    public bool IsEmpty => _start == _end;

    /// <summary>Reads the next frame.</summary>
    /// <param name="cancellationToken">Cancelling keeps what has arrived.</param>
    /// <returns>The frame, or why there is none; after that nothing more can be read.</returns>
    /// <exception cref="TransportException">Reset or closed.</exception>
    public async ValueTask<Frame> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            OperationStatus status = ProtoReader.TryReadDelimited(Arrived, limits.BytesMax, out ReadOnlySpan<byte> frame, out int consumed);
            if (status == OperationStatus.Done)
            {
                _start += consumed;
                EndDeadline(); // the next frame has a time of its own
                return new Frame(FrameStatus.Done, _buffer.AsMemory(_start - frame.Length, frame.Length));
            }

            if (status == OperationStatus.InvalidData)
            {
                bool isNumber = VarInt.TryRead(Arrived, out _, out _) == OperationStatus.Done;
                return new Frame(isNumber ? FrameStatus.TooLong : FrameStatus.Malformed, default);
            }

            if (!TryMakeRoom())
            {
                return new Frame(FrameStatus.OverBudget, default);
            }

            bool first = IsEmpty;
            int? count = await ReceiveAsync(cancellationToken);
            if (count is null or 0)
            {
                return new Frame(count is null ? FrameStatus.TooSlow : first ? FrameStatus.Ended : FrameStatus.Truncated, default);
            }

            _end += count.Value;
            arrived?.Invoke();
            if (first)
            {
                begun?.Invoke();
            }
        }
    }

    /// <summary>Gives the memory back. No read may be pending.</summary>
    public void Dispose()
    {
        (_start, _end) = (0, 0);
        Replace([]);
        EndDeadline();
    }

    private ReadOnlySpan<byte> Arrived => _buffer.AsSpan(_start, _end - _start);

    // Null when a frame that holds lent memory has had its time.
    private async ValueTask<int?> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (_reserved == 0 || limits.Budget is not { } budget)
        {
            return await stream.Stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        }

        _deadline ??= budget.StartDeadline();
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, cancellationToken);
        try
        {
            return await stream.Stream.ReadAsync(_buffer.AsMemory(_end), either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private bool TryMakeRoom()
    {
        int held = _end - _start;
        if (held == 0 && _buffer.Length > FrameBudget.FreeBytes)
        {
            Replace([]); // the long frame is over: an idle stream keeps nothing of it
        }
        else if (_start > 0)
        {
            Arrived.CopyTo(_buffer);
        }

        (_start, _end) = (0, held);
        if (held < _buffer.Length)
        {
            return true;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(Math.Max(FirstBytes, 2 * held), limits.BytesMax + VarInt.BytesMax));
        if (!TryReserve(larger.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        Replace(larger);
        return true;
    }

    private bool TryReserve(int bufferBytes)
    {
        long increase = Math.Max(0, bufferBytes - FrameBudget.FreeBytes) - _reserved;
        if (limits.Budget is not { } budget || increase <= 0)
        {
            return true;
        }

        if (!budget.TryReserve(stream.Peer, increase))
        {
            return false;
        }

        _reserved += increase;
        return true;
    }

    private void Replace(byte[] other)
    {
        Arrived.CopyTo(other);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = other;
        if (other.Length == 0 && _reserved > 0)
        {
            limits.Budget?.Release(stream.Peer, _reserved);
            _reserved = 0;
        }
    }

    private void EndDeadline()
    {
        _deadline?.Dispose();
        _deadline = null;
    }
}
