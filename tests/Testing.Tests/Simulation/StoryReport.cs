using P2P.Core.Multiformats;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>Says in a failure what each node lacks or shows otherwise than the first one.</summary>
internal static class StoryReport
{
    private const int NamedMax = 6;

    public static async Task<string> DifferencesAsync(SimulatedNetwork net, HistoryAudit audit)
    {
        List<string> lines = [];
        DagModel? first = null;
        foreach (SimulatedNode node in net.Nodes.Where(static n => n.IsRunning))
        {
            if (await audit.RunAsync(net, node) is not DagModel model)
            {
                continue;
            }

            if (first is not null)
            {
                Add(lines, $"{node.Name} lacks", first.Cids.Except(model.Cids), first);
                Add(lines, $"{node.Name} alone has", model.Cids.Except(first.Cids), model);
                Add(lines, $"{node.Name} does not show", first.Visible.Except(model.Visible), first);
                Add(lines, $"{node.Name} alone shows", model.Visible.Except(first.Visible), model);
            }

            first ??= model;
        }

        return string.Join('\n', lines);
    }

    private static void Add(List<string> lines, string what, IEnumerable<Cid> cids, DagModel model)
    {
        Cid[] all = [.. cids.Order()];
        if (all.Length > 0)
        {
            lines.Add($"{what} {all.Length}: {string.Join("; ", all.Take(NamedMax).Select(model.Tell))}");
        }
    }
}
