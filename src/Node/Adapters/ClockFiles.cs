using System.Collections.Concurrent;
using P2P.Core.Multiformats;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Storage;

namespace P2P.Node.Adapters;

/// <summary>
/// Where clocks are kept: one file a document below the data folder, replaced as a whole, durable when <see cref="WriteAsync"/> returns; without a
/// folder, memory. Not part of the store and of no backup: an id that comes back from a backup must not be used, and a lost one only leaks.
/// </summary>
/// <param name="directory">The data folder, or null.</param>
internal sealed class ClockFiles(string? directory)
{
    /// <summary>Name of the folder.</summary>
    public const string FolderName = "clocks";

    private const int BytesMax = 8 << 20;

    private readonly ConcurrentDictionary<Cid, byte[]> _memory = new();

    /// <summary>The record of a document; the empty one when there is none that can be read: its id then leaks.</summary>
    public async Task<ClockRecord> ReadAsync(Cid document, CancellationToken cancellationToken)
    {
        byte[]? bytes = _memory.GetValueOrDefault(document);
        if (directory is not null)
        {
            FileInfo file = new(PathOf(document));
            bytes = file.Exists && file.Length <= BytesMax ? await File.ReadAllBytesAsync(file.FullName, cancellationToken) : null;
        }

        return bytes is not null && ClockRecord.TryDecode(bytes, out ClockRecord? record) ? record : ClockRecord.Empty;
    }

    /// <summary>Replaces the record of a document.</summary>
    /// <exception cref="IOException">It is not durable.</exception>
    public async Task WriteAsync(Cid document, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        if (directory is null)
        {
            _memory[document] = record.ToArray();
            return;
        }

        string path = PathOf(document);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string aside = path + ".new";
        await File.WriteAllBytesAsync(aside, record, cancellationToken);
        DurableFile.Publish(aside, path);
    }

    private string PathOf(Cid document) => Path.Combine(directory!, FolderName, $"{document}.itc");
}
