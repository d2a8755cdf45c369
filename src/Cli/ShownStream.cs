using System.Text;

namespace P2P.Cli;

/// <summary>Bytes that others made, on their way to a terminal: as text without the control characters that would steer it. Write only.</summary>
/// <param name="shown">The terminal; left open.</param>
internal sealed class ShownStream(TextWriter shown) : Stream
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder(); // a character may come in two pieces

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await shown.WriteAsync(Safe(buffer.Span).AsMemory(), cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => shown.Write(Safe(buffer.AsSpan(offset, count)));

    public override void Flush() => shown.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => shown.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private string Safe(ReadOnlySpan<byte> bytes)
    {
        char[] characters = new char[_decoder.GetCharCount(bytes, flush: false)];
        int count = _decoder.GetChars(bytes, characters, flush: false);
        return Printable.Text(new string(characters, 0, count));
    }
}
