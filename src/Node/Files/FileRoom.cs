using P2P.Core.Blocks;
using P2P.UnixFs;
using P2P.UnixFs.Export;

namespace P2P.Node.Files;

/// <summary>
/// Watches the room of one get: measured before anything is written, and asked for again in steps when more comes than was claimed. One writer.
/// </summary>
/// <param name="destination">The path it gets; null when it is written to no disk.</param>
/// <param name="store">The data folder; null when there is none.</param>
/// <param name="disk">Free and total bytes of the disk under a path.</param>
internal sealed class FileRoom(string? destination, string? store, Func<string, (long Free, long Total)> disk)
{
    private const long StepBytes = 16 << 20;
    private const int DiskFull = 28; // what FolderExporter knows as a full disk, on any system it runs on

    private long _granted;

    /// <summary>Asks the disks for all of it.</summary>
    /// <exception cref="P2PException"><see cref="NodeError.NoRoom"/>.</exception>
    public async Task<TreeSize> MeasureAsync(UnixFsReader reader, IBlockStore blocks, UnixFsEntry entry, CancellationToken cancellationToken)
    {
        (string, long)? place = destination is null ? null : (destination, DiskRoom.PartBytes(destination, entry.Cid));
        TreeSize size = await new TreeMeter(reader, store is null ? null : blocks).MeasureAsync(
            entry, soFar => DiskRoom.Check(soFar, place, store, disk), cancellationToken);
        _granted = size.Bytes;
        return size;
    }

    /// <summary>Asks for more when more was written than was measured: directories lie about their files, or say nothing.</summary>
    /// <param name="bytes">Written so far.</param>
    /// <exception cref="IOException">The disk would be full; then what was written goes.</exception>
    public void Written(long bytes)
    {
        if (bytes <= _granted || destination is null)
        {
            return;
        }

        _granted = bytes + StepBytes;
        try
        {
            DiskRoom.Check(new TreeSize(StepBytes, store is null ? 0 : StepBytes), (destination, 0), store, disk);
        }
        catch (P2PException full)
        {
            throw new IOException($"More came than the directory claimed, and what was written goes. {full.Message}", DiskFull);
        }
    }
}
