using P2P.Core.Runtime;

namespace P2P.Storage.Tests.Disk;

/// <summary>
/// Builds disks as a power loss may leave them. Certain is what a sync of the same file has confirmed; of what was done to a file after its last
/// sync, nothing, a prefix, a random subset or everything is there, and one write may be torn at the borders of 512-byte sectors.
/// </summary>
/// <remarks>
/// Limits of the model: the name of a file is certain after the first sync of that file; order is kept per file only; the generation marker, which
/// the store writes itself, is not part of it (the kill loop and the steps of open are).
/// </remarks>
internal sealed class DiskReplay(IReadOnlyList<DiskOperation> log)
{
    private const int Sector = 512;
    private readonly Dictionary<string, FileState> _files = new(StringComparer.Ordinal);
    private readonly List<string> _acknowledged = [];
    private int _at;

    /// <summary>What was promised before the present moment.</summary>
    public IReadOnlyList<string> Acknowledged => _acknowledged;

    /// <summary>Plays the log up to a moment, which must not lie before the present one.</summary>
    public void AdvanceTo(int operation)
    {
        for (; _at < operation; _at++)
        {
            Play(log[_at]);
        }
    }

    /// <summary>Writes one disk that a power loss at the present moment may leave.</summary>
    public void WriteDisk(string directory, IChance chance)
    {
        foreach ((string name, FileState file) in _files.OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            bool gone = file.IsDeleted ? chance.Below(2) == 0 : !file.IsNamed && chance.Below(4) == 0;
            if (!gone)
            {
                File.WriteAllBytes(Path.Combine(directory, name), Survivors(file, chance));
            }
        }
    }

    private void Play(DiskOperation done)
    {
        if (done.Kind == DiskCall.Acknowledge)
        {
            _acknowledged.Add(done.File);
            return;
        }

        if (!_files.TryGetValue(done.File, out FileState? file) || (file.IsDeleted && done.Kind == DiskCall.Open))
        {
            if (done.Kind == DiskCall.Delete)
            {
                return;
            }

            _files[done.File] = file = new FileState();
        }

        switch (done.Kind)
        {
            case DiskCall.Write or DiskCall.Truncate:
                file.Pending.Add(done);
                break;
            case DiskCall.Sync:
                file.Pending.ForEach(p => Apply(p, ref file.Certain, 0, p.Bytes.Length));
                file.Pending.Clear();
                file.IsNamed = true;
                break;
            case DiskCall.Delete when done.Offset == 1:
                _files.Remove(done.File);
                break;
            case DiskCall.Delete:
                file.IsDeleted = true;
                break;
            default:
                break;
        }
    }

    private static byte[] Survivors(FileState file, IChance chance)
    {
        byte[] content = [.. file.Certain];
        int count = file.Pending.Count;
        int how = count == 0 ? 0 : chance.Below(5);
        int prefix = how switch { 0 => 0, 1 => count, _ => chance.Below(count + 1) };
        for (int i = 0; i < count; i++)
        {
            DiskOperation pending = file.Pending[i];
            bool kept = how == 3 ? chance.Below(2) == 0 : i < prefix;
            if (kept)
            {
                Apply(pending, ref content, 0, pending.Bytes.Length);
            }
            else if (how == 4 && i == prefix && pending.Kind == DiskCall.Write)
            {
                Tear(pending, ref content, chance);
            }
        }

        return content;
    }

    private static void Tear(DiskOperation write, ref byte[] content, IChance chance)
    {
        for (int from = 0; from < write.Bytes.Length;)
        {
            int border = (int)(Sector - ((write.Offset + from) % Sector));
            int length = Math.Min(border, write.Bytes.Length - from);
            if (chance.Below(2) == 0)
            {
                Apply(write, ref content, from, length);
            }

            from += length;
        }
    }

    private static void Apply(DiskOperation done, ref byte[] content, int from, int length)
    {
        if (done.Kind == DiskCall.Truncate)
        {
            Array.Resize(ref content, (int)done.Offset);
            return;
        }

        int end = (int)done.Offset + from + length;
        if (content.Length < end)
        {
            Array.Resize(ref content, end);
        }

        done.Bytes.AsSpan(from, length).CopyTo(content.AsSpan((int)done.Offset + from));
    }

    private sealed class FileState
    {
        public byte[] Certain = [];

        public List<DiskOperation> Pending { get; } = [];

        public bool IsNamed { get; set; }

        public bool IsDeleted { get; set; }
    }
}
