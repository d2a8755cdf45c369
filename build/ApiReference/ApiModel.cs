using System.Xml.Linq;
using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace P2P.ApiReference;

/// <summary>The public types of the product's assemblies and what their authors wrote about them.</summary>
public sealed class ApiModel : IDisposable
{
    private static readonly string[] s_own = ["P2P.ApiReference", "P2P.Architecture", "P2P.Cli"]; // programs, not libraries

    private readonly List<AssemblyDefinition> _assemblies = [];
    private readonly Dictionary<string, XElement> _texts = new(StringComparer.Ordinal);

    private ApiModel()
    {
    }

    /// <summary>All public types by full name, nested ones too.</summary>
    public SortedDictionary<string, TypeDefinition> Types { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads every `P2P.*.dll` in a folder that has a documentation file beside it.</summary>
    public static ApiModel Load(string folder)
    {
        ApiModel model = new();
        foreach (string file in Directory.EnumerateFiles(folder, "P2P.*.dll").Order(StringComparer.Ordinal))
        {
            string documentation = Path.ChangeExtension(file, ".xml");
            string name = Path.GetFileNameWithoutExtension(file);
            if (File.Exists(documentation) && !s_own.Contains(name) && !name.EndsWith(".Tests", StringComparison.Ordinal))
            {
                model.Add(AssemblyDefinition.ReadAssembly(file), XDocument.Load(documentation, LoadOptions.PreserveWhitespace));
            }
        }

        return model;
    }

    /// <summary>What the source says about a member; null when it says nothing.</summary>
    public XElement? Find(IMemberDefinition member) => _texts.GetValueOrDefault(DocCommentId.GetDocCommentId(member));

    /// <summary>Members a user of the type can call, in the order constructors, properties, methods, events, fields.</summary>
    public static IEnumerable<IMemberDefinition> Members(TypeDefinition type)
    {
        ArgumentNullException.ThrowIfNull(type);
        IEnumerable<IMemberDefinition> constructors = type.Methods.Where(static m => m.IsConstructor && !m.IsStatic && IsVisible(m));
        IEnumerable<IMemberDefinition> properties = type.Properties
            .Where(static p => (p.GetMethod is { } get && IsVisible(get)) || (p.SetMethod is { } set && IsVisible(set)));
        IEnumerable<IMemberDefinition> methods = type.Methods.Where(static m => (!m.IsSpecialName || IsOperator(m)) && IsVisible(m) && !m.Name.Contains('<', StringComparison.Ordinal));
        IEnumerable<IMemberDefinition> events = type.Events.Where(static e => IsVisible(e.AddMethod));
        IEnumerable<IMemberDefinition> fields = type.Fields.Where(static f => f.IsPublic && !f.IsSpecialName);
        return [.. constructors, .. properties.OrderBy(static m => m.Name), .. methods.OrderBy(static m => m.Name), .. events, .. fields];
    }

    /// <inheritdoc/>
    public void Dispose() => _assemblies.ForEach(static a => a.Dispose());

    private static bool IsOperator(MethodDefinition method) => method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsVisible(MethodDefinition method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private void Add(AssemblyDefinition assembly, XDocument documentation)
    {
        _assemblies.Add(assembly);
        foreach (XElement member in documentation.Descendants("member"))
        {
            _texts[(string)member.Attribute("name")!] = member;
        }

        foreach (TypeDefinition type in assembly.MainModule.GetAllTypes().Where(IsVisible))
        {
            Types.Add(type.FullName, type);
        }
    }

    private static bool IsVisible(TypeDefinition type) =>
        type.IsNested ? type.IsNestedPublic && IsVisible(type.DeclaringType) : type.IsPublic;
}
