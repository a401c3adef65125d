"""The product categories: names, shares, what their products cost and weigh."""

from __future__ import annotations

from typing import NamedTuple


class Category(NamedTuple):
    """An empty English name: not in the translation. An empty Portuguese one: products without a category."""

    name: str
    english: str
    products: int
    items: int
    price: int  # median, in reais
    spread: float  # standard deviation of the price's logarithm
    weight: int  # median, in grams


CATEGORIES = (
    Category("cama_mesa_banho", "bed_bath_table", 3029, 11115, 79, 0.69, 1275),
    Category("beleza_saude", "health_beauty", 2444, 9670, 80, 0.97, 400),
    Category("esporte_lazer", "sports_leisure", 2867, 8641, 78, 0.84, 700),
    Category("moveis_decoracao", "furniture_decor", 2657, 8334, 65, 0.76, 1300),
    Category("informatica_acessorios", "computers_accessories", 1639, 7827, 82, 0.85, 300),
    Category("utilidades_domesticas", "housewares", 2335, 6964, 60, 0.9, 1205),
    Category("relogios_presentes", "watches_gifts", 1329, 5991, 129, 0.91, 348),
    Category("telefonia", "telephony", 1134, 4545, 30, 0.92, 225),
    Category("ferramentas_jardim", "garden_tools", 753, 4347, 60, 0.78, 1650),
    Category("automotivo", "auto", 1900, 4235, 85, 1.02, 900),
    Category("brinquedos", "toys", 1411, 4117, 80, 0.8, 800),
    Category("cool_stuff", "cool_stuff", 789, 3796, 130, 0.86, 1450),
    Category("perfumaria", "perfumery", 868, 3419, 85, 0.93, 400),
    Category("bebes", "baby", 919, 3065, 78, 0.91, 700),
    Category("eletronicos", "electronics", 517, 2767, 22, 0.96, 200),
    Category("papelaria", "stationery", 849, 2517, 79, 0.78, 1000),
    Category("fashion_bolsas_e_acessorios", "fashion_bags_accessories", 849, 2031, 49, 0.73, 200),
    Category("pet_shop", "pet_shop", 719, 1947, 90, 0.8, 875),
    Category("moveis_escritorio", "office_furniture", 309, 1691, 145, 0.45, 10975),
    Category("consoles_games", "consoles_games", 317, 1137, 59, 1.12, 250),
    Category("malas_acessorios", "luggage_accessories", 349, 1092, 100, 0.67, 1250),
    Category("construcao_ferramentas_construcao", "construction_tools_construction", 400, 929, 89, 1.05, 1200),
    Category("eletrodomesticos", "home_appliances", 370, 771, 48, 0.99, 475),
    Category("instrumentos_musicais", "musical_instruments", 289, 680, 95, 1.2, 800),
    Category("eletroportateis", "small_appliances", 231, 679, 99, 1.26, 1150),
    Category("casa_construcao", "home_construction", 225, 604, 95, 0.87, 900),
    Category("livros_interesse_geral", "books_general_interest", 216, 553, 45, 0.86, 500),
    Category("alimentos", "food", 82, 510, 49, 0.64, 330),
    Category("moveis_sala", "furniture_living_room", 156, 503, 104, 0.71, 7500),
    Category("casa_conforto", "home_comfort", 111, 434, 90, 0.75, 1825),
    Category("bebidas", "drinks", 81, 379, 47, 0.78, 333),
    Category("audio", "audio", 58, 364, 89, 1.16, 400),
    Category("market_place", "market_place", 104, 311, 63, 0.82, 527),
    Category("construcao_ferramentas_iluminacao", "construction_tools_lights", 78, 304, 104, 0.87, 1050),
    Category("climatizacao", "air_conditioning", 124, 297, 140, 0.89, 2950),
    Category(
        "moveis_cozinha_area_de_servico_jantar_e_jardim",
        "kitchen_dining_laundry_garden_furniture",
        94,
        281,
        110,
        0.87,
        6450,
    ),
    Category("alimentos_bebidas", "food_drink", 104, 278, 39, 0.79, 900),
    Category("industria_comercio_e_negocios", "industry_commerce_and_business", 68, 268, 103, 0.64, 6100),
    Category("livros_tecnicos", "books_technical", 123, 267, 57, 0.72, 850),
    Category("telefonia_fixa", "fixed_telephony", 116, 264, 64, 1.39, 394),
    Category("fashion_calcados", "fashion_shoes", 173, 262, 77, 0.67, 850),
    Category("construcao_ferramentas_jardim", "construction_tools_garden", 88, 238, 49, 0.98, 1300),
    Category("eletrodomesticos_2", "home_appliances_2", 90, 238, 226, 1.15, 7500),
    Category("agro_industria_e_comercio", "agro_industry_and_commerce", 74, 212, 259, 1.4, 2650),
    Category("artes", "art", 55, 209, 98, 0.69, 1700),
    Category("pcs", "computers", 30, 203, 1100, 0.49, 2800),
    Category("sinalizacao_e_seguranca", "signaling_and_security", 93, 199, 75, 1.16, 575),
    Category("construcao_ferramentas_seguranca", "construction_tools_safety", 91, 194, 126, 1.01, 600),
    Category("artigos_de_natal", "christmas_supplies", 65, 153, 45, 0.98, 600),
    Category("fashion_roupa_masculina", "fashion_male_clothing", 95, 132, 60, 0.66, 600),
    Category("fashion_underwear_e_moda_praia", "fashion_underwear_beach", 53, 131, 60, 1.01, 200),
    Category("moveis_quarto", "furniture_bedroom", 45, 109, 179, 0.94, 10700),
    Category("construcao_ferramentas_ferramentas", "construction_tools_tools", 39, 103, 60, 1.11, 800),
    Category("tablets_impressao_imagem", "tablets_printing_image", 9, 83, 99, 0.53, 300),
    Category("portateis_casa_forno_e_cafe", "small_appliances_home_oven_and_coffee", 31, 76, 587, 1.44, 3800),
    Category("cine_foto", "cine_photo", 28, 72, 73, 0.99, 400),
    Category("dvds_blu_ray", "dvds_blu_ray", 48, 64, 20, 1.09, 200),
    Category("livros_importados", "books_imported", 31, 60, 63, 0.68, 675),
    Category("fashion_roupa_feminina", "fashion_female_clothing", 27, 48, 49, 0.58, 475),
    Category("artigos_de_festas", "party_supplies", 26, 43, 68, 1.03, 1250),
    Category("fraldas_higiene", "diapers_and_hygiene", 12, 39, 37, 0.42, 600),
    Category("moveis_colchao_e_estofado", "furniture_mattress_and_upholstery", 10, 38, 85, 0.51, 1700),
    Category("musica", "music", 27, 38, 55, 1.39, 550),
    Category("flores", "flowers", 14, 33, 26, 0.48, 850),
    Category("casa_conforto_2", "home_comfort_2", 5, 30, 13, 0.7, 700),
    Category("fashion_esporte", "fashion_sport", 19, 30, 60, 0.55, 200),
    Category("artes_e_artesanato", "arts_and_craftmanship", 19, 24, 45, 1.0, 775),
    Category("portateis_cozinha_e_preparadores_de_alimentos", "", 10, 15, 35, 1.65, 1200),
    Category("la_cuisine", "la_cuisine", 10, 14, 137, 0.58, 2450),
    Category("cds_dvds_musicais", "cds_dvds_musicals", 1, 14, 45, 0.18, 550),
    Category("pc_gamer", "", 3, 9, 130, 0.29, 2839),
    Category("fashion_roupa_infanto_juvenil", "fashion_childrens_clothes", 5, 8, 70, 0.47, 210),
    Category("seguros_e_servicos", "security_and_services", 2, 2, 142, 0.43, 812),
    Category("", "", 610, 1603, 70, 0.94, 400),
)
