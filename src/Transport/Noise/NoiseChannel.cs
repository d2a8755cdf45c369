using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using P2P.Transport.Connections;

namespace P2P.Transport.Noise;

/// <summary>
/// Noise transport frames: <c>u16 length ‖ ciphertext ‖ tag</c>. Opens in place inside the receive buffer, seals in place inside a send buffer
/// of up to four frames that leave in one write; nothing is allocated per frame.
/// </summary>
internal sealed class NoiseChannel : SecureChannel
{
    /// <summary>
    /// Most plaintext we put into a frame. The format allows 65,519, but the AEAD runs about 30 % faster on multiples of 256 bytes
    /// (design, measurements, section 3).
    /// </summary>
    public const int PlaintextBytesMax = 65_280;

    private const int LengthBytes = 2;
    private const int FramesPerFlush = 4;
    private const int FrameBytes = LengthBytes + PlaintextBytesMax + NoiseCipher.TagBytes;
    private const int SmallOutputBytes = 4 * 1024;

    private readonly ConnectionInput _input;
    private readonly NoiseCipher _send;
    private readonly NoiseCipher _receive;
    private readonly int[] _frameEnds = new int[FramesPerFlush];
    private byte[] _output = [];
    private int _frames;
    private int _frameStart;
    private int _filled;
    private int _openStart;
    private int _openEnd;
    private int _frameRest;

    /// <param name="input">Holds the bytes that came with the last handshake message; owned from now on.</param>
    /// <param name="send">Owned from now on.</param>
    /// <param name="receive">Owned from now on.</param>
    public NoiseChannel(ConnectionInput input, NoiseCipher send, NoiseCipher receive)
    {
        _input = input;
        _send = send;
        _receive = receive;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Available => _input.AvailableSpan[_openStart.._openEnd];

    /// <inheritdoc/>
    public override bool HasOutput => _frames > 0 || _filled > 0;

    /// <inheritdoc/>
    public override Span<byte> Room
    {
        get
        {
            if (_frames == FramesPerFlush)
            {
                return [];
            }

            if (_output.Length == 0)
            {
                _output = ArrayPool<byte>.Shared.Rent(SmallOutputBytes);
            }

            int start = _frameStart + LengthBytes + _filled;
            int room = Math.Min(PlaintextBytesMax - _filled, _output.Length - start - NoiseCipher.TagBytes);
            if (room < PlaintextBytesMax - _filled && room < SmallOutputBytes / 2)
            {
                GrowOutput();
                room = PlaintextBytesMax - _filled;
            }

            return _output.AsSpan(start, room);
        }
    }

    /// <inheritdoc/>
    public override void Consume(int count) => _openStart += count;

    /// <inheritdoc/>
    /// <remarks>Not an async method where nothing has to be waited for: a frame that is here already costs no state machine.</remarks>
    public override ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (_openStart < _openEnd)
        {
            return new ValueTask<bool>(true);
        }

        while (!TryOpenNext(out int needed))
        {
            ValueTask<bool> fill = _input.FillAsync(needed, cancellationToken);
            if (!fill.IsCompletedSuccessfully)
            {
                return AwaitAsync(fill, cancellationToken);
            }

            if (!fill.Result)
            {
                return new ValueTask<bool>(End());
            }
        }

        return new ValueTask<bool>(true);
    }

    /// <inheritdoc/>
    public override void Advance(int count)
    {
        _filled += count;
        if (_filled == PlaintextBytesMax)
        {
            EndFrame();
        }
    }

    /// <inheritdoc/>
    public override void EndFrame()
    {
        if (_filled == 0)
        {
            return;
        }

        _frameStart += LengthBytes + _filled + NoiseCipher.TagBytes;
        _frameEnds[_frames++] = _frameStart;
        _filled = 0;
    }

    /// <inheritdoc/>
    public override ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        EndFrame();
        if (_frames == 0)
        {
            return ValueTask.CompletedTask;
        }

        SealFrames();
        int total = _frameStart;
        _frames = 0;
        _frameStart = 0;
        ValueTask writing = _input.WriteAsync(_output.AsMemory(0, total), cancellationToken);
        if (!writing.IsCompletedSuccessfully)
        {
            return writing; // the buffer stays as it is: nobody fills it before the write has ended
        }

        if (_output.Length > SmallOutputBytes && total < SmallOutputBytes)
        {
            ReturnOutput(); // the flood is over: do not pin 256 KiB for an idle connection
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken) => _input.Connection.CloseWriteAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Abort() => _input.Connection.Abort();

    /// <inheritdoc/>
    public override ValueTask CloseAsync() => _input.Connection.DisposeAsync();

    /// <inheritdoc/>
    public override void Release()
    {
        ReturnOutput();
        _input.Dispose();
        _send.Dispose();
        _receive.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> AwaitAsync(ValueTask<bool> fill, CancellationToken cancellationToken)
    {
        while (await fill)
        {
            if (TryOpenNext(out int needed))
            {
                return true;
            }

            fill = _input.FillAsync(needed, cancellationToken);
        }

        return End();
    }

    // Opens the next frame that carries something; else says how many bytes must be there for it.
    private bool TryOpenNext(out int needed)
    {
        while (true)
        {
            _input.Consume(_frameRest);
            _frameRest = 0;
            _openStart = 0;
            _openEnd = 0;
            needed = LengthBytes;
            if (_input.AvailableSpan.Length < LengthBytes)
            {
                return false;
            }

            // Unsigned: lengths from 0x8000 on are ordinary ones (interop trap 10).
            int length = BinaryPrimitives.ReadUInt16BigEndian(_input.AvailableSpan);
            needed = LengthBytes + length;
            if (length < NoiseCipher.TagBytes)
            {
                throw new TransportException(TransportError.ProtocolViolation, $"A Noise frame of {length} bytes has no room for its tag.");
            }

            if (_input.AvailableSpan.Length < needed)
            {
                return false;
            }

            OpenFrame(needed);
            if (_openStart < _openEnd)
            {
                return true; // an empty frame is allowed and carries nothing
            }
        }
    }

    private bool End() => _input.AvailableSpan.Length == 0
        ? false
        : throw new TransportException(TransportError.ConnectionClosed, "The connection ended inside a Noise frame.");

    private void OpenFrame(int frameBytes)
    {
        Span<byte> body = _input.AvailableSpan[LengthBytes..frameBytes];
        Span<byte> text = body[..^NoiseCipher.TagBytes];
        if (_receive.TryOpen(text, body[text.Length..], []) != NoiseStatus.Ok)
        {
            throw new TransportException(TransportError.ProtocolViolation, $"A Noise frame of {body.Length} bytes does not open (nonce {_receive.Nonce}).");
        }

        _frameRest = frameBytes;
        _openStart = LengthBytes;
        _openEnd = LengthBytes + text.Length;
    }

    private void SealFrames()
    {
        int start = 0;
        for (int i = 0; i < _frames; i++)
        {
            Span<byte> frame = _output.AsSpan(start, _frameEnds[i] - start);
            Span<byte> text = frame[LengthBytes..^NoiseCipher.TagBytes];
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)(text.Length + NoiseCipher.TagBytes));
            if (_send.Seal(text, frame[^NoiseCipher.TagBytes..], []) != NoiseStatus.Ok)
            {
                throw new TransportException(TransportError.ConnectionClosed, "The Noise nonce is used up.");
            }

            start = _frameEnds[i];
        }
    }

    private void GrowOutput()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(FramesPerFlush * FrameBytes);
        _output.AsSpan(0, _frameStart + LengthBytes + _filled).CopyTo(larger);
        ReturnOutput();
        _output = larger;
    }

    private void ReturnOutput()
    {
        if (_output.Length > 0)
        {
            // Plaintext never stays behind in the pool: every filled frame was sealed in place, unless the connection broke first.
            ArrayPool<byte>.Shared.Return(_output, clearArray: _filled > 0 || _frames > 0);
        }

        _output = [];
    }
}
