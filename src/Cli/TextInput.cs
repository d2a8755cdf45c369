using System.Globalization;
using System.Text;

namespace P2P.Cli;

/// <summary>
/// Text that comes in: UTF-8, and refused by name where it is not, because what replaced its bytes would be signed and kept for ever. Until the first of it
/// comes people are told what is waited for.
/// </summary>
/// <param name="source">The bytes; closed with this.</param>
/// <param name="patience">Says what is waited for; null where the user knows.</param>
/// <param name="name">What it is called.</param>
internal sealed class TextInput(Stream source, Patience? patience, string name) : IDisposable
{
    // The mark that some programs put in front is taken off; one of another encoding is none.
    private readonly StreamReader _reader = new(source, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false);
    private int _lines;

    /// <summary>The next line; null at the end.</summary>
    /// <exception cref="CliException">It is no text.</exception>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        string? line = await ReadAsync(async () => await _reader.ReadLineAsync(cancellationToken));
        _lines += line is null ? 0 : 1;
        return line;
    }

    /// <summary>Everything up to the end.</summary>
    /// <exception cref="CliException">It is no text.</exception>
    public Task<string> ReadToEndAsync(CancellationToken cancellationToken) => ReadAsync(() => _reader.ReadToEndAsync(cancellationToken));

    public void Dispose() => _reader.Dispose();

    private async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return patience is not null && _lines == 0 ? await patience.WhileAsync(read, name) : await read();
        }
        catch (DecoderFallbackException error)
        {
            string taken = _lines == 0 ? "nothing of it was taken" : string.Create(CultureInfo.InvariantCulture, $"its first {Lines(_lines)} taken");
            throw new CliException(CliError.InputNotText, $"Standard input is not UTF-8 text: {taken}. `p2p put -` keeps bytes as they are.", error);
        }
    }

    private static string Lines(int count) => count == 1 ? "line was" : string.Create(CultureInfo.InvariantCulture, $"{count} lines were");
}
