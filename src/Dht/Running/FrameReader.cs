using System.Buffers;
using P2P.Core.Encoding;
using P2P.Transport.Connections;

namespace P2P.Dht.Running;

/// <summary>Reads length-prefixed messages from a stream. The buffer grows with what has arrived, never with what a prefix claims.</summary>
internal sealed class FrameReader(MuxedStream stream, int messageBytesMax)
{
    private const int FirstBytes = 1024;
    private const int PrefixBytesMax = 9;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>No part of a message is buffered.</summary>
    public bool IsEmpty => _start == _end;

    /// <summary>Takes the next whole message.</summary>
    /// <param name="message">Valid until the next call of any method.</param>
    /// <returns>Done, NeedMoreData, or InvalidData when the prefix is malformed or exceeds the limit.</returns>
    public OperationStatus TryTake(out ReadOnlyMemory<byte> message)
    {
        OperationStatus status = ProtoReader.TryReadDelimited(_buffer.AsSpan(_start, _end - _start), messageBytesMax, out ReadOnlySpan<byte> body, out int consumed);
        message = status == OperationStatus.Done ? _buffer.AsMemory(_start + consumed - body.Length, body.Length) : default;
        _start += consumed;
        return status;
    }

    /// <summary>Reads more bytes; false at the end of the stream.</summary>
    /// <exception cref="TransportException">Reset or closed.</exception>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        int count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count;
        return count > 0;
    }

    private void MakeRoom()
    {
        int held = _end - _start;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
            (_start, _end) = (0, held);
        }

        if (held == _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Min(Math.Max(FirstBytes, held * 2), messageBytesMax + PrefixBytesMax));
        }
    }
}
