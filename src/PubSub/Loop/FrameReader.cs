using System.Buffers;
using P2P.Core.Encoding;
using P2P.Transport.Connections;

namespace P2P.PubSub.Loop;

/// <summary>
/// Cuts a stream into length-prefixed frames. The buffer grows with the bytes that have arrived, never with a length that was only claimed.
/// One reader.
/// </summary>
internal sealed class FrameReader(MuxedStream stream, int frameBytesMax) : IDisposable
{
    private const int FirstBytes = 4_096;
    private const int KeptBytes = 65_536;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _start;
    private int _end;

    /// <summary>The next frame; valid until the next call.</summary>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>; <see cref="OperationStatus.NeedMoreData"/> at the end of the stream;
    /// <see cref="OperationStatus.InvalidData"/> for a length over the limit or malformed.
    /// </returns>
    public async ValueTask<(OperationStatus Status, ReadOnlyMemory<byte> Frame)> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            OperationStatus status = ProtoReader.TryReadDelimited(
                _buffer.AsSpan(_start, _end - _start), frameBytesMax, out ReadOnlySpan<byte> frame, out int consumed);
            if (status == OperationStatus.Done)
            {
                ReadOnlyMemory<byte> found = _buffer.AsMemory(_start + consumed - frame.Length, frame.Length);
                _start += consumed;
                return (status, found);
            }

            if (status == OperationStatus.InvalidData)
            {
                return (status, default);
            }

            MakeRoom();
            int count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (count == 0)
            {
                return (OperationStatus.NeedMoreData, default);
            }

            _end += count;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void MakeRoom()
    {
        int held = _end - _start;
        if (held == 0 && _buffer.Length > KeptBytes)
        {
            Replace(FirstBytes);
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
        }

        (_start, _end) = (0, held);
        if (_end == _buffer.Length)
        {
            Replace(2 * _buffer.Length);
        }
    }

    private void Replace(int bytes)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(bytes);
        _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
