using System.Xml.Linq;

namespace P2P.Architecture;

/// <summary>References point left and down only; see docs/ARCHITECTURE.md.</summary>
public sealed class LayerTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        ["P2P.Core"] = [],
        ["P2P.Transport"] = ["P2P.Core"],
        ["P2P.Dht"] = ["P2P.Core", "P2P.Transport"],
        ["P2P.PubSub"] = ["P2P.Core", "P2P.Transport"],
        ["P2P.Bitswap"] = ["P2P.Core", "P2P.Transport"],
        ["P2P.UnixFs"] = ["P2P.Core"],
        ["P2P.Crdt"] = ["P2P.Core"],
        ["P2P.Storage"] = ["P2P.Core", "P2P.Crdt"],
        ["P2P.Node"] = ["P2P.Core", "P2P.Transport", "P2P.Dht", "P2P.PubSub", "P2P.Bitswap", "P2P.UnixFs", "P2P.Crdt", "P2P.Storage"],
        ["P2P.Dashboard"] = ["P2P.Core", "P2P.Transport", "P2P.Dht", "P2P.PubSub", "P2P.UnixFs", "P2P.Crdt", "P2P.Node"],
        ["P2P.Testing"] = ["P2P.Core", "P2P.Transport", "P2P.Dht", "P2P.PubSub", "P2P.Bitswap", "P2P.UnixFs", "P2P.Crdt", "P2P.Storage", "P2P.Node"],
        ["P2P.Cli"] = ["P2P.Core", "P2P.Transport", "P2P.Dht", "P2P.PubSub", "P2P.Bitswap", "P2P.UnixFs", "P2P.Crdt", "P2P.Storage", "P2P.Node", "P2P.Dashboard"],
    };

    public static TheoryData<string> Projects => [.. s_allowed.Keys.Where(k => Product.AssemblyNames.Contains(k))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_point_left_and_down_only(string assembly)
    {
        IEnumerable<string> referenced = Product.Read(assembly).MainModule.AssemblyReferences
            .Select(r => r.Name)
            .Where(n => n.StartsWith("P2P.", StringComparison.Ordinal));
        Assert.Empty(referenced.Except(s_allowed[assembly]));
    }

    [Fact]
    public void Every_product_project_has_a_rule_here()
    {
        Assert.Empty(Product.AssemblyNames.Except(s_allowed.Keys));
    }

    [Fact]
    public void Only_Node_and_above_know_dependency_injection_and_hosting()
    {
        string[] above = ["P2P.Node", "P2P.Dashboard", "P2P.Cli"];
        foreach (string assembly in Product.AssemblyNames.Except(above))
        {
            Assert.DoesNotContain(
                Product.Read(assembly).MainModule.AssemblyReferences,
                r => r.Name.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal)
                    || r.Name.StartsWith("Microsoft.Extensions.Options", StringComparison.Ordinal)
                    || r.Name.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Only_Dashboard_and_Cli_may_need_the_web_framework()
    {
        foreach (string project in Directory.EnumerateFiles(Path.Combine(TestSupport.Require.Root, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            string name = Path.GetFileNameWithoutExtension(project);
            if (name is "P2P.Dashboard" or "P2P.Cli")
            {
                continue;
            }

            Assert.Empty(XDocument.Load(project).Descendants("FrameworkReference"));
        }
    }
}
