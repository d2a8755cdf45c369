namespace P2P.Storage.Tests.Disk;

/// <summary>An open file of a recorded disk.</summary>
internal sealed class RecordedFile(RecordedDisk disk, string name)
{
    public int Reading() => disk.Reading();

    public int Writing(ReadOnlySpan<byte> bytes, long offset) => disk.Writing(name, bytes, offset);

    public int Truncating(long size) => disk.Truncating(name, size);

    public int Syncing() => disk.Syncing(name);
}
