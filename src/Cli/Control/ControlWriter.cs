using System.Text;

namespace P2P.Cli.Control;

/// <summary>Text for one of the command's streams. What is written at once arrives together.</summary>
internal sealed class ControlWriter(ControlOutbox outbox, ControlMessageKind kind) : TextWriter(System.Globalization.CultureInfo.InvariantCulture)
{
    private const int ChunkChars = 1 << 16; // at most six bytes each in JSON: well below a frame

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine(string? value) => Write(string.Concat(value, CoreNewLine));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int length = Math.Min(buffer.Length, ChunkChars);
            if (length < buffer.Length && char.IsHighSurrogate(buffer[length - 1]))
            {
                length--; // a pair stays together
            }

            outbox.Post(new ControlMessage(kind) { Text = buffer[..length].ToString() });
            buffer = buffer[length..];
        }
    }
}
