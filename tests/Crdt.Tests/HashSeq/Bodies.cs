using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Writes bodies by hand, valid or not.</summary>
internal static class Bodies
{
    /// <summary>A run: kind, anchor, text, explicit extra dependencies or null.</summary>
    public sealed record Run(int Kind, (uint D, uint O) Anchor, string Text, (uint D, uint O)[]? Extras = null);

    public static byte[] Make(Run[] runs, (uint D, uint O, uint N)[]? removals = null, Cid[]? references = null, bool unique = false)
    {
        DagCborWriter writer = new();
        writer.WriteMapStart((removals is null ? 0 : 1) + (runs.Length > 0 ? 1 : 0) + (references is null ? 0 : 1) + (unique ? 1 : 0));
        if (removals is not null)
        {
            writer.WriteText("del"u8);
            writer.WriteArrayStart(removals.Length);
            foreach ((uint d, uint o, uint n) in removals)
            {
                Numbers(writer, d, o, n);
            }
        }

        if (runs.Length > 0)
        {
            writer.WriteText("ins"u8);
            writer.WriteArrayStart(runs.Length);
            foreach (Run run in runs)
            {
                WriteRun(writer, run);
            }
        }

        if (references is not null)
        {
            writer.WriteText("refs"u8);
            writer.WriteArrayStart(references.Length);
            foreach (Cid reference in references)
            {
                writer.WriteCid(reference);
            }
        }

        if (unique)
        {
            writer.WriteText("uniq"u8);
            writer.WriteBool(true);
        }

        return writer.ToArray();
    }

    private static void WriteRun(DagCborWriter writer, Run run)
    {
        writer.WriteArrayStart((run.Kind == 0 ? 2 : 4) + (run.Extras is null ? 0 : 1));
        writer.WriteUInt((ulong)run.Kind);
        if (run.Kind != 0)
        {
            writer.WriteUInt(run.Anchor.D);
            writer.WriteUInt(run.Anchor.O);
        }

        writer.WriteText(run.Text);
        if (run.Extras is not null)
        {
            writer.WriteArrayStart(run.Extras.Length);
            foreach ((uint d, uint o) in run.Extras)
            {
                Numbers(writer, d, o);
            }
        }
    }

    private static void Numbers(DagCborWriter writer, params uint[] numbers)
    {
        writer.WriteArrayStart(numbers.Length);
        foreach (uint number in numbers)
        {
            writer.WriteUInt(number);
        }
    }
}
